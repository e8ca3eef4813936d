-- Rate limits by organization and type of resource: the limits, the requests seen in a sliding window, the monthly
-- quota.

-- rate_limit_config -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS rate_limit_config (
    id               UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id  UUID NOT NULL REFERENCES organizations(id),
    resource_type    TEXT NOT NULL,
    endpoint_pattern TEXT,
    max_requests     INTEGER NOT NULL DEFAULT 1000,
    window_seconds   INTEGER NOT NULL DEFAULT 3600,
    quota_monthly    INTEGER,
    enabled          BOOLEAN DEFAULT TRUE,
    created_at       TIMESTAMPTZ DEFAULT NOW(),
    updated_at       TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT rate_limit_config_resource_key UNIQUE (organization_id, resource_type, endpoint_pattern),
    CONSTRAINT rate_limit_config_max_requests_check CHECK (max_requests >= 0),
    CONSTRAINT rate_limit_config_window_seconds_check CHECK (window_seconds > 0),
    CONSTRAINT rate_limit_config_quota_monthly_check CHECK (quota_monthly >= 0)
);
COMMENT ON TABLE rate_limit_config IS 'Phase 3 - Per-organization rate limit configuration';
COMMENT ON COLUMN rate_limit_config.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_rate_limit_config_created_at ON rate_limit_config (created_at);
CREATE INDEX IF NOT EXISTS idx_rate_limit_config_updated_at ON rate_limit_config (updated_at);

ALTER TABLE rate_limit_config ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON rate_limit_config;
CREATE POLICY "org_isolation" ON rate_limit_config
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON rate_limit_config;
CREATE POLICY "superadmin_access" ON rate_limit_config
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- rate_limit_tracking ---------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS rate_limit_tracking (
    id                BIGSERIAL PRIMARY KEY,
    organization_id   UUID NOT NULL REFERENCES organizations(id),
    user_id           UUID REFERENCES auth.users(id),
    resource_type     TEXT NOT NULL,
    endpoint          TEXT NOT NULL,
    request_timestamp TIMESTAMPTZ DEFAULT NOW(),
    response_status   INTEGER,
    rate_limited      BOOLEAN DEFAULT FALSE,
    metadata          JSONB DEFAULT '{}',
    created_at        TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE rate_limit_tracking IS 'Real-time rate limit tracking with sliding window';

CREATE INDEX IF NOT EXISTS idx_rate_limit_tracking_org_id ON rate_limit_tracking (organization_id);
CREATE INDEX IF NOT EXISTS idx_rate_limit_tracking_timestamp ON rate_limit_tracking (request_timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_rate_limit_tracking_resource ON rate_limit_tracking (resource_type);
CREATE INDEX IF NOT EXISTS idx_rate_limit_tracking_endpoint ON rate_limit_tracking (endpoint);
CREATE INDEX IF NOT EXISTS idx_rate_limit_tracking_rate_limited ON rate_limit_tracking (rate_limited)
    WHERE rate_limited = TRUE;
CREATE INDEX IF NOT EXISTS idx_rate_limit_tracking_user_id ON rate_limit_tracking (user_id);
CREATE INDEX IF NOT EXISTS idx_rate_limit_tracking_created_at ON rate_limit_tracking (created_at);

ALTER TABLE rate_limit_tracking ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON rate_limit_tracking;
CREATE POLICY "org_isolation" ON rate_limit_tracking
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON rate_limit_tracking;
CREATE POLICY "superadmin_access" ON rate_limit_tracking
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- rate_limit_quota_usage ------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS rate_limit_quota_usage (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id    UUID NOT NULL REFERENCES organizations(id),
    resource_type      TEXT NOT NULL,
    year               INTEGER NOT NULL,
    month              INTEGER NOT NULL,
    request_count      INTEGER DEFAULT 0,
    rate_limited_count INTEGER DEFAULT 0,
    last_updated       TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT rate_limit_quota_usage_month_key UNIQUE (organization_id, resource_type, year, month)
);
COMMENT ON TABLE rate_limit_quota_usage IS 'Monthly quota tracking';

ALTER TABLE rate_limit_quota_usage ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON rate_limit_quota_usage;
CREATE POLICY "org_isolation" ON rate_limit_quota_usage
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON rate_limit_quota_usage;
CREATE POLICY "superadmin_access" ON rate_limit_quota_usage
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
