-- What super admins did. They read it; the server writes it, in the same commit as the deed.

-- superadmin_logs -------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS superadmin_logs (
    id             BIGSERIAL PRIMARY KEY,
    admin_user_id  UUID NOT NULL REFERENCES auth.users(id),
    admin_email    TEXT NOT NULL,
    action         TEXT NOT NULL,
    operation_type TEXT NOT NULL,
    target_type    TEXT,
    target_id      TEXT,
    details        JSONB,
    result         TEXT NOT NULL,
    error_message  TEXT,
    ip_address     TEXT,
    user_agent     TEXT,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT superadmin_logs_operation_type_check CHECK (operation_type IN (
        'CREATE', 'UPDATE', 'DELETE', 'READ', 'EXECUTE')),
    CONSTRAINT superadmin_logs_target_type_check CHECK (target_type IN (
        'USER', 'ORGANIZATION', 'PAYMENT', 'SYSTEM'))
);
COMMENT ON TABLE superadmin_logs IS 'Super admin activity audit trail';

CREATE INDEX IF NOT EXISTS idx_superadmin_logs_admin_user_id ON superadmin_logs (admin_user_id);
CREATE INDEX IF NOT EXISTS idx_superadmin_logs_created_at ON superadmin_logs (created_at);

ALTER TABLE superadmin_logs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON superadmin_logs;
CREATE POLICY "superadmin_access" ON superadmin_logs
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
