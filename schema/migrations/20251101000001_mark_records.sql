-- What happened, and what nobody may lose: marks in comments, as in the file before.
--
-- @append_only on a table: rows are added, and never changed or removed by methods and SQL, whoever asks.
-- @sync on a table: a transaction that writes it is acknowledged when it is synced, even where the caller asks for less.
COMMENT ON TABLE audit_logs_enhanced IS 'Enhanced audit logs with additional security context @append_only @sync';
COMMENT ON TABLE audit_logs IS 'Comprehensive audit logging @append_only';
COMMENT ON TABLE superadmin_logs IS 'Super admin activity audit trail @append_only @sync';
COMMENT ON TABLE credit_ledger IS 'Legacy credits: every movement with the balance after it @append_only @sync';
COMMENT ON TABLE credit_consumption_logs IS 'Track credit usage @append_only @sync';
COMMENT ON TABLE organization_credits IS 'Track organization credit balances @sync';
