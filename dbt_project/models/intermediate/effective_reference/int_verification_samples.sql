-- One row per line of a verifier's sample.
{{ config(materialized='view') }}
select * from {{ source('raw', 'reference_verification_samples') }}
