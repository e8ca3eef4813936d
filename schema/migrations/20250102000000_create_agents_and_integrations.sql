-- Automation agents, API integrations and workflows, each with its log. Agents and API providers belong to the
-- platform, so only super admins see them and their logs.

-- automation_agents -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS automation_agents (
    id            UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name          TEXT NOT NULL,
    type          TEXT NOT NULL,
    description   TEXT NOT NULL,
    is_active     BOOLEAN NOT NULL DEFAULT false,
    configuration JSONB NOT NULL DEFAULT '{}',
    status        TEXT NOT NULL DEFAULT 'idle',
    last_run_at   TIMESTAMPTZ,
    last_error    TEXT,
    created_at    TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT automation_agents_type_check CHECK (type IN (
        'health_monitor', 'payment_revenue', 'support_ticket', 'user_engagement', 'security_watcher'))
);
COMMENT ON TABLE automation_agents IS 'AI-powered automation agents';
COMMENT ON COLUMN automation_agents.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_automation_agents_status ON automation_agents (status);
CREATE INDEX IF NOT EXISTS idx_automation_agents_created_at ON automation_agents (created_at);
CREATE INDEX IF NOT EXISTS idx_automation_agents_updated_at ON automation_agents (updated_at);

ALTER TABLE automation_agents ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON automation_agents;
CREATE POLICY "superadmin_access" ON automation_agents
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- agent_execution_logs --------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS agent_execution_logs (
    id              BIGSERIAL PRIMARY KEY,
    agent_id        UUID NOT NULL REFERENCES automation_agents(id),
    execution_start TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    execution_end   TIMESTAMPTZ,
    status          TEXT NOT NULL,
    result_summary  JSONB,
    error_details   TEXT,
    actions_taken   JSONB DEFAULT '[]',
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE agent_execution_logs IS 'Track agent execution history';

CREATE INDEX IF NOT EXISTS idx_agent_execution_logs_agent_id ON agent_execution_logs (agent_id);
CREATE INDEX IF NOT EXISTS idx_agent_execution_logs_status ON agent_execution_logs (status);
CREATE INDEX IF NOT EXISTS idx_agent_execution_logs_created_at ON agent_execution_logs (created_at);

ALTER TABLE agent_execution_logs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON agent_execution_logs;
CREATE POLICY "superadmin_access" ON agent_execution_logs
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- api_integrations ------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS api_integrations (
    id            UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    provider_name TEXT NOT NULL,
    provider_type TEXT NOT NULL,
    display_name  TEXT NOT NULL,
    is_active     BOOLEAN NOT NULL DEFAULT false,
    credentials   JSONB NOT NULL DEFAULT '{}',
    configuration JSONB NOT NULL DEFAULT '{}',
    status        TEXT NOT NULL DEFAULT 'disconnected',
    last_ping_at  TIMESTAMPTZ,
    last_error    TEXT,
    created_by    UUID REFERENCES auth.users(id),
    created_at    TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CONSTRAINT api_integrations_provider_type_check CHECK (provider_type IN (
        'messaging', 'email', 'ai', 'push', 'custom'))
);
COMMENT ON TABLE api_integrations IS 'API provider configurations';
COMMENT ON COLUMN api_integrations.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_api_integrations_created_by ON api_integrations (created_by);
CREATE INDEX IF NOT EXISTS idx_api_integrations_status ON api_integrations (status);
CREATE INDEX IF NOT EXISTS idx_api_integrations_created_at ON api_integrations (created_at);
CREATE INDEX IF NOT EXISTS idx_api_integrations_updated_at ON api_integrations (updated_at);

ALTER TABLE api_integrations ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON api_integrations;
CREATE POLICY "superadmin_access" ON api_integrations
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- integration_usage_logs ------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS integration_usage_logs (
    id             BIGSERIAL PRIMARY KEY,
    integration_id UUID REFERENCES api_integrations(id),
    operation_type TEXT NOT NULL,
    request_data   JSONB,
    response_data  JSONB,
    status_code    INTEGER,
    success        BOOLEAN NOT NULL,
    error_message  TEXT,
    duration_ms    INTEGER,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE integration_usage_logs IS 'Track integration API usage';

CREATE INDEX IF NOT EXISTS idx_integration_usage_logs_integration_id ON integration_usage_logs (integration_id);
CREATE INDEX IF NOT EXISTS idx_integration_usage_logs_created_at ON integration_usage_logs (created_at);

ALTER TABLE integration_usage_logs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "superadmin_access" ON integration_usage_logs;
CREATE POLICY "superadmin_access" ON integration_usage_logs
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- workflow_definitions --------------------------------------------------------------------------------
-- Index on organization_id: idx_workflows_org_active, see 20250123000000.

CREATE TABLE IF NOT EXISTS workflow_definitions (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL REFERENCES organizations(id),
    name            TEXT NOT NULL,
    description     TEXT,
    trigger_type    TEXT NOT NULL,
    trigger_config  JSONB DEFAULT '{}',
    steps           JSONB NOT NULL,
    is_active       BOOLEAN DEFAULT false,
    created_by      UUID REFERENCES auth.users(id),
    last_run_at     TIMESTAMPTZ,
    run_count       INTEGER DEFAULT 0,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE workflow_definitions IS 'Define automated workflows';
COMMENT ON COLUMN workflow_definitions.updated_at IS 'When it was last changed @touch';

CREATE INDEX IF NOT EXISTS idx_workflow_definitions_created_by ON workflow_definitions (created_by);
CREATE INDEX IF NOT EXISTS idx_workflow_definitions_created_at ON workflow_definitions (created_at);
CREATE INDEX IF NOT EXISTS idx_workflow_definitions_updated_at ON workflow_definitions (updated_at);

ALTER TABLE workflow_definitions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON workflow_definitions;
CREATE POLICY "org_isolation" ON workflow_definitions
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_insert" ON workflow_definitions;
CREATE POLICY "org_insert" ON workflow_definitions
  FOR INSERT TO public
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_update" ON workflow_definitions;
CREATE POLICY "org_update" ON workflow_definitions
  FOR UPDATE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  )
  WITH CHECK (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "org_delete" ON workflow_definitions;
CREATE POLICY "org_delete" ON workflow_definitions
  FOR DELETE TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON workflow_definitions;
CREATE POLICY "superadmin_access" ON workflow_definitions
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );

-- workflow_execution_logs -----------------------------------------------------------------------------
-- It gets its own organization_id in 20250122235959.

CREATE TABLE IF NOT EXISTS workflow_execution_logs (
    id              BIGSERIAL PRIMARY KEY,
    workflow_id     UUID NOT NULL REFERENCES workflow_definitions(id),
    execution_start TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    execution_end   TIMESTAMPTZ,
    status          TEXT NOT NULL,
    result_summary  JSONB,
    error_details   TEXT,
    trigger_data    JSONB,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE workflow_execution_logs IS 'Track workflow execution history';

CREATE INDEX IF NOT EXISTS idx_workflow_execution_logs_workflow_id ON workflow_execution_logs (workflow_id);
CREATE INDEX IF NOT EXISTS idx_workflow_execution_logs_status ON workflow_execution_logs (status);
CREATE INDEX IF NOT EXISTS idx_workflow_execution_logs_created_at ON workflow_execution_logs (created_at);

ALTER TABLE workflow_execution_logs ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "org_isolation" ON workflow_execution_logs;
CREATE POLICY "org_isolation" ON workflow_execution_logs
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_definitions
      WHERE workflow_definitions.id = workflow_execution_logs.workflow_id
        AND workflow_definitions.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
DROP POLICY IF EXISTS "superadmin_access" ON workflow_execution_logs;
CREATE POLICY "superadmin_access" ON workflow_execution_logs
  FOR ALL TO public
  USING (
    EXISTS (
      SELECT 1 FROM profiles
      WHERE id = auth.uid() AND role = 'super_admin'
    )
  );
