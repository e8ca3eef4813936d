-- Security hardening: audit logs with risk and proof, security events, and how sensitive each column is. Members
-- read what concerns their organization; only the server and super admins write.

-- audit_logs_enhanced ---------------------------------------------------------------------------------
-- previous_hash and audit_chain_hash chain the rows of an organization: see append_audit_log().

CREATE TABLE IF NOT EXISTS audit_logs_enhanced (
    id                BIGSERIAL PRIMARY KEY,
    organization_id   UUID REFERENCES organizations(id),
    user_id           UUID REFERENCES auth.users(id),
    action_type       TEXT NOT NULL,
    resource_type     TEXT,
    resource_id       TEXT,
    details           JSONB,
    ip_address        TEXT,
    user_agent        TEXT,
    request_id        TEXT,
    session_id        TEXT,
    geo_location      JSONB,
    risk_score        INTEGER,
    anomaly_detected  BOOLEAN DEFAULT false,
    compliance_tags   TEXT[],
    retention_class   TEXT DEFAULT 'standard',
    encrypted_at_rest BOOLEAN DEFAULT true,
    audit_chain_hash  TEXT,
    previous_hash     TEXT,
    verified          BOOLEAN DEFAULT false,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    expires_at        TIMESTAMPTZ
);
COMMENT ON TABLE audit_logs_enhanced IS 'Enhanced audit logs with additional security context';

CREATE INDEX IF NOT EXISTS idx_audit_logs_enhanced_organization_id ON audit_logs_enhanced (organization_id);
CREATE INDEX IF NOT EXISTS idx_audit_logs_enhanced_user_id ON audit_logs_enhanced (user_id);
CREATE INDEX IF NOT EXISTS idx_audit_logs_enhanced_created_at ON audit_logs_enhanced (created_at);

ALTER TABLE audit_logs_enhanced ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON audit_logs_enhanced;
CREATE POLICY "org_isolation" ON audit_logs_enhanced
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON audit_logs_enhanced;
CREATE POLICY "superadmin_access" ON audit_logs_enhanced
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- security_events -------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS security_events (
    id                 BIGSERIAL PRIMARY KEY,
    organization_id    UUID REFERENCES organizations(id),
    user_id            UUID REFERENCES auth.users(id),
    event_type         TEXT NOT NULL,
    severity           TEXT NOT NULL,
    description        TEXT NOT NULL,
    ip_address         TEXT,
    user_agent         TEXT,
    threat_indicators  JSONB,
    mitigation_applied TEXT,
    false_positive     BOOLEAN DEFAULT false,
    investigated_by    UUID REFERENCES auth.users(id),
    investigated_at    TIMESTAMPTZ,
    notes              TEXT,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT security_events_event_type_check CHECK (event_type IN (
        'suspicious_login', 'brute_force_attempt', 'unauthorized_access', 'data_exfiltration_attempt',
        'privilege_escalation'))
);
COMMENT ON TABLE security_events IS 'Security-specific event tracking';
COMMENT ON COLUMN security_events.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_security_events_organization_id ON security_events (organization_id);
CREATE INDEX IF NOT EXISTS idx_security_events_user_id ON security_events (user_id);
CREATE INDEX IF NOT EXISTS idx_security_events_investigated_by ON security_events (investigated_by);
CREATE INDEX IF NOT EXISTS idx_security_events_created_at ON security_events (created_at);
CREATE INDEX IF NOT EXISTS idx_security_events_updated_at ON security_events (updated_at);

ALTER TABLE security_events ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON security_events;
CREATE POLICY "org_isolation" ON security_events
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON security_events;
CREATE POLICY "superadmin_access" ON security_events
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- data_sensitivity_classifications --------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS data_sensitivity_classifications (
    id                    UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id       UUID REFERENCES organizations(id),
    table_name            TEXT NOT NULL,
    column_name           TEXT NOT NULL,
    sensitivity_level     TEXT NOT NULL,
    classification_reason TEXT,
    encryption_required   BOOLEAN DEFAULT false,
    retention_days        INTEGER,
    compliance_tags       TEXT[],
    created_at            TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT data_sensitivity_classifications_sensitivity_level_check CHECK (sensitivity_level IN (
        'public', 'internal', 'confidential', 'restricted', 'pii', 'pci'))
);
COMMENT ON TABLE data_sensitivity_classifications IS 'Classify data sensitivity for compliance';

CREATE INDEX IF NOT EXISTS idx_data_sensitivity_classifications_organization_id
    ON data_sensitivity_classifications (organization_id);
CREATE INDEX IF NOT EXISTS idx_data_sensitivity_classifications_created_at
    ON data_sensitivity_classifications (created_at);

ALTER TABLE data_sensitivity_classifications ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON data_sensitivity_classifications;
CREATE POLICY "org_isolation" ON data_sensitivity_classifications
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON data_sensitivity_classifications;
CREATE POLICY "superadmin_access" ON data_sensitivity_classifications
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
