-- Indexes for the queries that the application asks most: contacts by name, active workflows, open incidents.
-- idx_rate_limits_org_endpoint and idx_rate_limits_cleanup are on window_end and come with that column, in
-- 20250123000003. get_slow_queries() and check_index_health() are provided natively by the server.

CREATE INDEX IF NOT EXISTS idx_contacts_org_name ON contacts (organization_id, name);
CREATE INDEX IF NOT EXISTS idx_workflows_org_active ON workflow_definitions (organization_id, is_active);
CREATE INDEX IF NOT EXISTS idx_incidents_open ON incidents (organization_id, detected_at DESC)
    WHERE status IN ('open', 'investigating');
