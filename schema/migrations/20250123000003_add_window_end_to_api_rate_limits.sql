-- The end of a rate-limit window, and the indexes on it.
--
-- The reference writes window_end as (window_start + (window_duration_minutes || ' minutes')::INTERVAL), which
-- PostgreSQL refuses in a generated column: reading an interval from text, and adding one to a timestamptz, depend
-- on settings of the session. Computed over UTC it is immutable, and the same instant. The index for cleaning up
-- has no WHERE window_end < NOW(), which is not immutable either.

ALTER TABLE api_rate_limits
    ADD COLUMN IF NOT EXISTS window_end TIMESTAMPTZ GENERATED ALWAYS AS (
        ((window_start AT TIME ZONE 'UTC') + window_duration_minutes * INTERVAL '1 minute') AT TIME ZONE 'UTC'
    ) STORED;

CREATE INDEX IF NOT EXISTS idx_rate_limits_org_endpoint
    ON api_rate_limits (organization_id, endpoint, window_end DESC);
CREATE INDEX IF NOT EXISTS idx_rate_limits_cleanup ON api_rate_limits (window_end);
