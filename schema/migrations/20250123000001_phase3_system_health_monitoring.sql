-- Health of the platform: checks, metrics, rules over the metrics, and the alerts that they raised. All for super
-- admins. record_metric(), record_health_check(), evaluate_alert_rules(), trigger_alert(), acknowledge_alert() and
-- resolve_alert() are provided natively by the server.

-- system_health_checks --------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS system_health_checks (
    id               UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    check_name       TEXT NOT NULL,
    check_type       TEXT NOT NULL,
    status           TEXT NOT NULL,
    response_time_ms INTEGER,
    details          JSONB,
    created_at       TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT system_health_checks_check_type_check CHECK (check_type IN (
        'database', 'api', 'integration', 'storage', 'queue')),
    CONSTRAINT system_health_checks_status_check CHECK (status IN ('healthy', 'degraded', 'unhealthy'))
);
COMMENT ON TABLE system_health_checks IS 'Track system health check results';

CREATE INDEX IF NOT EXISTS idx_system_health_checks_status ON system_health_checks (status);
CREATE INDEX IF NOT EXISTS idx_system_health_checks_created_at ON system_health_checks (created_at);

ALTER TABLE system_health_checks ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON system_health_checks;
CREATE POLICY "superadmin_access" ON system_health_checks
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- system_metrics --------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS system_metrics (
    id           BIGSERIAL PRIMARY KEY,
    metric_name  TEXT NOT NULL,
    metric_value NUMERIC NOT NULL,
    unit         TEXT,
    tags         JSONB DEFAULT '{}',
    created_at   TIMESTAMPTZ DEFAULT NOW()
);
COMMENT ON TABLE system_metrics IS 'Store time-series system metrics';

CREATE INDEX IF NOT EXISTS idx_system_metrics_created_at ON system_metrics (created_at);

ALTER TABLE system_metrics ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON system_metrics;
CREATE POLICY "superadmin_access" ON system_metrics
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- alert_rules -----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS alert_rules (
    id                        UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    rule_name                 TEXT NOT NULL UNIQUE,
    description               TEXT,
    metric_name               TEXT NOT NULL,
    condition                 TEXT NOT NULL,
    threshold                 NUMERIC NOT NULL,
    severity                  TEXT NOT NULL,
    evaluation_window_minutes INTEGER DEFAULT 5,
    cooldown_minutes          INTEGER DEFAULT 15,
    is_active                 BOOLEAN DEFAULT true,
    notification_channels     TEXT[] DEFAULT '{system}',
    metadata                  JSONB DEFAULT '{}',
    created_at                TIMESTAMPTZ DEFAULT NOW(),
    updated_at                TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT alert_rules_condition_check CHECK (condition IN ('greater_than', 'less_than', 'equal', 'not_equal')),
    CONSTRAINT alert_rules_severity_check CHECK (severity IN ('info', 'warning', 'critical'))
);
COMMENT ON TABLE alert_rules IS 'Define alerting rules for system metrics';
COMMENT ON COLUMN alert_rules.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_alert_rules_created_at ON alert_rules (created_at);
CREATE INDEX IF NOT EXISTS idx_alert_rules_updated_at ON alert_rules (updated_at);

ALTER TABLE alert_rules ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON alert_rules;
CREATE POLICY "superadmin_access" ON alert_rules
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

INSERT INTO alert_rules (rule_name, description, metric_name, condition, threshold, severity) VALUES
    ('high_response_time', 'Responses take over 2 s', 'api_response_time_ms', 'greater_than', 2000, 'warning'),
    ('critical_response_time', 'Responses take over 5 s', 'api_response_time_ms', 'greater_than', 5000, 'critical'),
    ('high_error_rate', 'Over 5 % of requests fail', 'error_rate_percent', 'greater_than', 5, 'warning'),
    ('db_connection_pool_high', 'The connection pool is over 80 % full', 'db_connection_pool_percent',
     'greater_than', 80, 'warning')
ON CONFLICT (rule_name) DO NOTHING;

-- alert_history ---------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS alert_history (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    alert_rule_id   UUID REFERENCES alert_rules(id) ON DELETE CASCADE,
    alert_message   TEXT NOT NULL,
    severity        TEXT NOT NULL,
    metric_value    NUMERIC,
    threshold       NUMERIC,
    status          TEXT DEFAULT 'triggered',
    acknowledged_by UUID REFERENCES auth.users(id),
    acknowledged_at TIMESTAMPTZ,
    resolved_at     TIMESTAMPTZ,
    triggered_at    TIMESTAMPTZ DEFAULT NOW(),
    metadata        JSONB DEFAULT '{}',
    CONSTRAINT alert_history_status_check CHECK (status IN ('triggered', 'acknowledged', 'resolved'))
);
COMMENT ON TABLE alert_history IS 'Track alert trigger history';

CREATE INDEX IF NOT EXISTS idx_alert_history_alert_rule_id ON alert_history (alert_rule_id);
CREATE INDEX IF NOT EXISTS idx_alert_history_acknowledged_by ON alert_history (acknowledged_by);
CREATE INDEX IF NOT EXISTS idx_alert_history_status ON alert_history (status);

ALTER TABLE alert_history ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON alert_history;
CREATE POLICY "superadmin_access" ON alert_history
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
