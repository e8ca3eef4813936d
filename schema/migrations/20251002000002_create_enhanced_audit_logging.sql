-- The audit log, and the exports made of it. Members read both; the server writes them.

-- audit_logs ------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS audit_logs (
    id                    BIGSERIAL PRIMARY KEY,
    organization_id       UUID REFERENCES organizations(id),
    user_id               UUID REFERENCES auth.users(id),
    action_type           TEXT NOT NULL,
    resource_type         TEXT NOT NULL,
    resource_id           TEXT,
    action_category       TEXT,
    severity_level        TEXT DEFAULT 'info',
    action_description    TEXT NOT NULL,
    changes_json          JSONB,
    metadata              JSONB DEFAULT '{}',
    ip_address            TEXT,
    user_agent            TEXT,
    session_id            TEXT,
    request_id            TEXT,
    success               BOOLEAN DEFAULT true,
    error_message         TEXT,
    compliance_flags      TEXT[],
    retention_period_days INTEGER DEFAULT 365,
    created_at            TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT audit_logs_action_category_check CHECK (action_category IN (
        'authentication', 'authorization', 'data_access', 'data_modification', 'configuration', 'security')),
    CONSTRAINT audit_logs_severity_level_check CHECK (severity_level IN ('info', 'warning', 'error', 'critical'))
);
COMMENT ON TABLE audit_logs IS 'Comprehensive audit logging';

CREATE INDEX IF NOT EXISTS idx_audit_logs_organization_id ON audit_logs (organization_id);
CREATE INDEX IF NOT EXISTS idx_audit_logs_user_id ON audit_logs (user_id);
CREATE INDEX IF NOT EXISTS idx_audit_logs_created_at ON audit_logs (created_at);

ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON audit_logs;
CREATE POLICY "org_isolation" ON audit_logs
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON audit_logs;
CREATE POLICY "superadmin_access" ON audit_logs
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- audit_log_exports -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS audit_log_exports (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID REFERENCES organizations(id),
    requested_by    UUID REFERENCES auth.users(id),
    export_type     TEXT NOT NULL,
    filters         JSONB,
    status          TEXT DEFAULT 'pending',
    file_path       TEXT,
    file_size_bytes BIGINT,
    record_count    INTEGER,
    started_at      TIMESTAMPTZ DEFAULT NOW(),
    completed_at    TIMESTAMPTZ,
    error_message   TEXT,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT audit_log_exports_export_type_check CHECK (export_type IN ('csv', 'json', 'pdf'))
);
COMMENT ON TABLE audit_log_exports IS 'Track audit log exports for compliance';

CREATE INDEX IF NOT EXISTS idx_audit_log_exports_organization_id ON audit_log_exports (organization_id);
CREATE INDEX IF NOT EXISTS idx_audit_log_exports_requested_by ON audit_log_exports (requested_by);
CREATE INDEX IF NOT EXISTS idx_audit_log_exports_status ON audit_log_exports (status);
CREATE INDEX IF NOT EXISTS idx_audit_log_exports_created_at ON audit_log_exports (created_at);

ALTER TABLE audit_log_exports ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON audit_log_exports;
CREATE POLICY "org_isolation" ON audit_log_exports
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON audit_log_exports;
CREATE POLICY "superadmin_access" ON audit_log_exports
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
