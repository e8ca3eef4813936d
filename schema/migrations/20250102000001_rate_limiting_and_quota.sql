-- Rate limits and quotas: policies, overrides for single organizations, counters, alerts, statistics.
-- check_rate_limit(), record_api_usage(), get_quota_usage() and cleanup_old_rate_limit_data() are provided
-- natively by the server. The counters and statistics are aggregates: one row for what they aggregate over, hence
-- their UNIQUE, where a NULL user_id ("of all users") counts as a value.

-- api_rate_limits -------------------------------------------------------------------------------------
-- It gets its window_end in 20250123000003.

CREATE TABLE IF NOT EXISTS api_rate_limits (
    id                      BIGSERIAL PRIMARY KEY,
    organization_id         UUID NOT NULL REFERENCES organizations(id),
    user_id                 UUID REFERENCES auth.users(id),
    endpoint                TEXT NOT NULL,
    request_count           INTEGER NOT NULL DEFAULT 1,
    window_start            TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    window_duration_minutes INTEGER NOT NULL DEFAULT 60,
    created_at              TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at              TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT api_rate_limits_window_key
        UNIQUE NULLS NOT DISTINCT (organization_id, user_id, endpoint, window_start, window_duration_minutes)
);
COMMENT ON TABLE api_rate_limits IS 'Track API request rates per organization/user';
COMMENT ON COLUMN api_rate_limits.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_api_rate_limits_org_endpoint
    ON api_rate_limits (organization_id, endpoint, window_start);
CREATE INDEX IF NOT EXISTS idx_api_rate_limits_user_endpoint ON api_rate_limits (user_id, endpoint, window_start);
CREATE INDEX IF NOT EXISTS idx_api_rate_limits_window_start ON api_rate_limits (window_start);
CREATE INDEX IF NOT EXISTS idx_api_rate_limits_created_at ON api_rate_limits (created_at);
CREATE INDEX IF NOT EXISTS idx_api_rate_limits_updated_at ON api_rate_limits (updated_at);

ALTER TABLE api_rate_limits ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON api_rate_limits;
CREATE POLICY "org_isolation" ON api_rate_limits
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON api_rate_limits;
CREATE POLICY "superadmin_access" ON api_rate_limits
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- quota_policies --------------------------------------------------------------------------------------
-- endpoint_pattern is a pattern of LIKE; the most specific one decides.

CREATE TABLE IF NOT EXISTS quota_policies (
    id                     UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    policy_name            TEXT NOT NULL UNIQUE,
    description            TEXT,
    endpoint_pattern       TEXT NOT NULL,
    max_requests_per_hour  INTEGER NOT NULL DEFAULT 1000,
    max_requests_per_day   INTEGER NOT NULL DEFAULT 10000,
    max_requests_per_month INTEGER NOT NULL DEFAULT 100000,
    is_active              BOOLEAN NOT NULL DEFAULT true,
    applies_to_role        TEXT,
    created_at             TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at             TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE quota_policies IS 'Define quota policies for different endpoint patterns and roles';
COMMENT ON COLUMN quota_policies.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_quota_policies_created_at ON quota_policies (created_at);
CREATE INDEX IF NOT EXISTS idx_quota_policies_updated_at ON quota_policies (updated_at);

ALTER TABLE quota_policies ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "signed_in" ON quota_policies;
CREATE POLICY "signed_in" ON quota_policies
  FOR SELECT TO authenticated
  USING (true);
DROP POLICY IF EXISTS "superadmin_access" ON quota_policies;
CREATE POLICY "superadmin_access" ON quota_policies
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

INSERT INTO quota_policies
    (policy_name, description, endpoint_pattern,
     max_requests_per_hour, max_requests_per_day, max_requests_per_month, applies_to_role)
VALUES
    ('ai_generation_default', 'AI generation', '/generate-%', 100, 1000, 10000, NULL),
    ('calendar_operations', 'Calendar operations', '/%-google-event', 200, 2000, 20000, NULL),
    ('email_sending', 'Sending email', '/send-email%', 50, 500, 5000, NULL),
    ('superadmin_operations', 'Operations of super admins', '/superadmin-%', 500, 5000, 50000, 'super_admin'),
    ('public_api_default', 'Everything else', '/%', 1000, 10000, 100000, NULL)
ON CONFLICT (policy_name) DO NOTHING;

-- organization_quota_overrides ------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS organization_quota_overrides (
    id                     UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id        UUID NOT NULL REFERENCES organizations(id),
    policy_id              UUID NOT NULL REFERENCES quota_policies(id),
    max_requests_per_hour  INTEGER,
    max_requests_per_day   INTEGER,
    max_requests_per_month INTEGER,
    reason                 TEXT,
    created_by             UUID REFERENCES auth.users(id),
    created_at             TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    expires_at             TIMESTAMPTZ,
    CONSTRAINT organization_quota_overrides_organization_id_policy_id_key UNIQUE (organization_id, policy_id)
);
COMMENT ON TABLE organization_quota_overrides IS 'Override default quotas for specific organizations';

CREATE INDEX IF NOT EXISTS idx_organization_quota_overrides_policy_id ON organization_quota_overrides (policy_id);
CREATE INDEX IF NOT EXISTS idx_organization_quota_overrides_created_by ON organization_quota_overrides (created_by);
CREATE INDEX IF NOT EXISTS idx_organization_quota_overrides_created_at ON organization_quota_overrides (created_at);

ALTER TABLE organization_quota_overrides ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON organization_quota_overrides;
CREATE POLICY "org_isolation" ON organization_quota_overrides
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON organization_quota_overrides;
CREATE POLICY "superadmin_access" ON organization_quota_overrides
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- quota_alerts ----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS quota_alerts (
    id              BIGSERIAL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations(id),
    user_id         UUID REFERENCES auth.users(id),
    alert_type      TEXT NOT NULL,
    policy_name     TEXT NOT NULL,
    current_usage   INTEGER NOT NULL,
    limit_value     INTEGER NOT NULL,
    percentage_used NUMERIC(5,2),
    message         TEXT NOT NULL,
    is_acknowledged BOOLEAN NOT NULL DEFAULT false,
    acknowledged_by UUID REFERENCES auth.users(id),
    acknowledged_at TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT quota_alerts_alert_type_check CHECK (alert_type IN ('warning', 'critical', 'exceeded'))
);
COMMENT ON TABLE quota_alerts IS 'Alert when quotas are approaching limits';

CREATE INDEX IF NOT EXISTS idx_quota_alerts_org ON quota_alerts (organization_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_quota_alerts_unacknowledged ON quota_alerts (is_acknowledged, created_at DESC)
    WHERE is_acknowledged = false;
CREATE INDEX IF NOT EXISTS idx_quota_alerts_user_id ON quota_alerts (user_id);
CREATE INDEX IF NOT EXISTS idx_quota_alerts_acknowledged_by ON quota_alerts (acknowledged_by);
CREATE INDEX IF NOT EXISTS idx_quota_alerts_created_at ON quota_alerts (created_at);

ALTER TABLE quota_alerts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON quota_alerts;
CREATE POLICY "org_isolation" ON quota_alerts
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON quota_alerts;
CREATE POLICY "superadmin_access" ON quota_alerts
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- api_usage_statistics --------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS api_usage_statistics (
    id                       BIGSERIAL PRIMARY KEY,
    organization_id          UUID NOT NULL REFERENCES organizations(id),
    user_id                  UUID REFERENCES auth.users(id),
    endpoint                 TEXT NOT NULL,
    date                     DATE NOT NULL,
    total_requests           INTEGER NOT NULL DEFAULT 0,
    successful_requests      INTEGER NOT NULL DEFAULT 0,
    failed_requests          INTEGER NOT NULL DEFAULT 0,
    average_response_time_ms NUMERIC(10,2),
    p95_response_time_ms     NUMERIC(10,2),
    p99_response_time_ms     NUMERIC(10,2),
    created_at               TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at               TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT api_usage_statistics_day_key
        UNIQUE NULLS NOT DISTINCT (organization_id, user_id, endpoint, date)
);
COMMENT ON TABLE api_usage_statistics IS 'Aggregate API usage statistics';
COMMENT ON COLUMN api_usage_statistics.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_api_usage_statistics_user_id ON api_usage_statistics (user_id);
CREATE INDEX IF NOT EXISTS idx_api_usage_statistics_created_at ON api_usage_statistics (created_at);
CREATE INDEX IF NOT EXISTS idx_api_usage_statistics_updated_at ON api_usage_statistics (updated_at);

ALTER TABLE api_usage_statistics ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON api_usage_statistics;
CREATE POLICY "org_isolation" ON api_usage_statistics
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON api_usage_statistics;
CREATE POLICY "superadmin_access" ON api_usage_statistics
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
