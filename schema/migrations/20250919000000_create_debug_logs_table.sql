-- Logs for development and debugging.

-- debug_logs ------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS debug_logs (
    id              BIGSERIAL PRIMARY KEY,
    log_level       TEXT NOT NULL,
    message         TEXT NOT NULL,
    context         JSONB,
    user_id         UUID REFERENCES auth.users(id),
    organization_id UUID REFERENCES organizations(id),
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT debug_logs_log_level_check CHECK (log_level IN ('debug', 'info', 'warn', 'error'))
);
COMMENT ON TABLE debug_logs IS 'Development and debugging logs';

CREATE INDEX IF NOT EXISTS idx_debug_logs_user_id ON debug_logs (user_id);
CREATE INDEX IF NOT EXISTS idx_debug_logs_organization_id ON debug_logs (organization_id);
CREATE INDEX IF NOT EXISTS idx_debug_logs_created_at ON debug_logs (created_at);

ALTER TABLE debug_logs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON debug_logs;
CREATE POLICY "org_isolation" ON debug_logs
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON debug_logs;
CREATE POLICY "superadmin_access" ON debug_logs
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
