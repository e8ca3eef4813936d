-- What the server protects by itself, said where it reads it: in comments, which PostgreSQL keeps and does nothing about.
--
-- @secret on a column: its cells are sealed (AES-256-GCM) before they reach log, image, snapshots and backups; dumps leave them
-- out unless asked. Credentials of others, keys, and what replaces a password. Passwords' and codes' hashes stay out of
-- logs as well: backup codes are few and short.
COMMENT ON COLUMN google_credentials.access_token IS 'OAuth access token @secret';
COMMENT ON COLUMN google_credentials.refresh_token IS 'OAuth refresh token @secret';
COMMENT ON COLUMN integrations.credentials IS 'What the integration signs in with @secret';
COMMENT ON COLUMN api_integrations.credentials IS 'What the provider is called with @secret';
COMMENT ON COLUMN user_2fa_settings.secret IS 'Key of the authenticator app, base 32 @secret';
COMMENT ON COLUMN user_2fa_settings.backup_codes IS 'Hashes of the codes that are left @secret';
COMMENT ON COLUMN workflow_triggers.webhook_secret IS 'Key of the signatures of a webhook @secret';
COMMENT ON COLUMN workflow_variables.default_value IS 'Of a variable of type secret too @secret';

-- @audit on a table: each change leaves an entry in the organization's audit log, in the same transaction. Who may come in,
-- from where, and with which outside services an organization shares its data. Secret columns are told as redacted.
COMMENT ON TABLE google_credentials IS 'OAuth credentials of Google accounts @audit';
COMMENT ON TABLE integrations IS 'Third-party integrations configuration @audit';
COMMENT ON TABLE data_sensitivity_classifications IS 'Classify data sensitivity for compliance @audit';
