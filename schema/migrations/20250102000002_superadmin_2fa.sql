-- Two-factor authentication, login attempts, trusted devices and the alerts that come of them. These tables belong
-- to a user, not to an organization: he manages his settings and devices, and reads his attempts and alerts.

-- user_2fa_settings -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS user_2fa_settings (
    id                     UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                UUID NOT NULL REFERENCES auth.users(id),
    is_enabled             BOOLEAN NOT NULL DEFAULT false,
    method                 TEXT NOT NULL DEFAULT 'totp',
    secret                 TEXT,
    backup_codes           TEXT[],
    backup_codes_remaining INTEGER DEFAULT 0,
    last_verified_at       TIMESTAMPTZ,
    enforced_by_policy     BOOLEAN DEFAULT false,
    created_at             TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at             TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT user_2fa_settings_method_check CHECK (method IN ('totp', 'sms', 'email', 'authenticator_app'))
);
COMMENT ON TABLE user_2fa_settings IS 'Two-factor authentication settings';
COMMENT ON COLUMN user_2fa_settings.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_user_2fa_settings_user_id ON user_2fa_settings (user_id);
CREATE INDEX IF NOT EXISTS idx_user_2fa_settings_created_at ON user_2fa_settings (created_at);
CREATE INDEX IF NOT EXISTS idx_user_2fa_settings_updated_at ON user_2fa_settings (updated_at);

ALTER TABLE user_2fa_settings ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "owner_only" ON user_2fa_settings;
CREATE POLICY "owner_only" ON user_2fa_settings
  FOR ALL TO public
  USING (user_id = auth.uid());
DROP POLICY IF EXISTS "superadmin_access" ON user_2fa_settings;
CREATE POLICY "superadmin_access" ON user_2fa_settings
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- user_2fa_attempts -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS user_2fa_attempts (
    id           BIGSERIAL PRIMARY KEY,
    user_id      UUID NOT NULL REFERENCES auth.users(id),
    attempt_type TEXT NOT NULL,
    success      BOOLEAN NOT NULL,
    ip_address   TEXT,
    user_agent   TEXT,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE user_2fa_attempts IS 'Track 2FA verification attempts';

CREATE INDEX IF NOT EXISTS idx_user_2fa_attempts_user_id ON user_2fa_attempts (user_id);
CREATE INDEX IF NOT EXISTS idx_user_2fa_attempts_created_at ON user_2fa_attempts (created_at);

ALTER TABLE user_2fa_attempts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "owner_only" ON user_2fa_attempts;
CREATE POLICY "owner_only" ON user_2fa_attempts
  FOR SELECT TO public
  USING (user_id = auth.uid());
DROP POLICY IF EXISTS "superadmin_access" ON user_2fa_attempts;
CREATE POLICY "superadmin_access" ON user_2fa_attempts
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- login_attempts --------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS login_attempts (
    id                 BIGSERIAL PRIMARY KEY,
    user_id            UUID REFERENCES auth.users(id),
    email              TEXT NOT NULL,
    success            BOOLEAN NOT NULL,
    failure_reason     TEXT,
    ip_address         TEXT,
    user_agent         TEXT,
    device_fingerprint TEXT,
    location           JSONB,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE login_attempts IS 'Track login attempts for security monitoring';

CREATE INDEX IF NOT EXISTS idx_login_attempts_user_id ON login_attempts (user_id);
CREATE INDEX IF NOT EXISTS idx_login_attempts_created_at ON login_attempts (created_at);

ALTER TABLE login_attempts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "owner_only" ON login_attempts;
CREATE POLICY "owner_only" ON login_attempts
  FOR SELECT TO public
  USING (user_id = auth.uid());
DROP POLICY IF EXISTS "superadmin_access" ON login_attempts;
CREATE POLICY "superadmin_access" ON login_attempts
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- trusted_devices -------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS trusted_devices (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            UUID NOT NULL REFERENCES auth.users(id),
    device_fingerprint TEXT NOT NULL,
    device_name        TEXT,
    device_type        TEXT,
    browser            TEXT,
    os                 TEXT,
    ip_address         TEXT,
    last_used_at       TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    trusted_at         TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    expires_at         TIMESTAMPTZ,
    is_active          BOOLEAN NOT NULL DEFAULT true,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT trusted_devices_user_id_device_fingerprint_key UNIQUE (user_id, device_fingerprint)
);
COMMENT ON TABLE trusted_devices IS 'Manage trusted devices for users';

CREATE INDEX IF NOT EXISTS idx_trusted_devices_created_at ON trusted_devices (created_at);

ALTER TABLE trusted_devices ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "owner_only" ON trusted_devices;
CREATE POLICY "owner_only" ON trusted_devices
  FOR ALL TO public
  USING (user_id = auth.uid());
DROP POLICY IF EXISTS "superadmin_access" ON trusted_devices;
CREATE POLICY "superadmin_access" ON trusted_devices
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- security_alerts -------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS security_alerts (
    id              BIGSERIAL PRIMARY KEY,
    user_id         UUID NOT NULL REFERENCES auth.users(id),
    alert_type      TEXT NOT NULL,
    severity        TEXT NOT NULL DEFAULT 'medium',
    title           TEXT NOT NULL,
    message         TEXT NOT NULL,
    metadata        JSONB,
    is_acknowledged BOOLEAN NOT NULL DEFAULT false,
    acknowledged_at TIMESTAMPTZ,
    acknowledged_by UUID REFERENCES auth.users(id),
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT security_alerts_alert_type_check CHECK (alert_type IN (
        'suspicious_login', 'too_many_failed_attempts', '2fa_disabled', 'new_device', 'unusual_location'))
);
COMMENT ON TABLE security_alerts IS 'Security alerts for user accounts';

CREATE INDEX IF NOT EXISTS idx_security_alerts_user_id ON security_alerts (user_id);
CREATE INDEX IF NOT EXISTS idx_security_alerts_acknowledged_by ON security_alerts (acknowledged_by);
CREATE INDEX IF NOT EXISTS idx_security_alerts_created_at ON security_alerts (created_at);

ALTER TABLE security_alerts ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "owner_only" ON security_alerts;
CREATE POLICY "owner_only" ON security_alerts
  FOR SELECT TO public
  USING (user_id = auth.uid());
DROP POLICY IF EXISTS "superadmin_access" ON security_alerts;
CREATE POLICY "superadmin_access" ON security_alerts
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
