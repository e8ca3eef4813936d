-- Multi-tenancy of the workflow logs: they get an organization_id of their own, and are isolated by it instead of
-- through their workflow. Rows logged before have none and stay with the super admins.

ALTER TABLE workflow_execution_logs
    ADD COLUMN IF NOT EXISTS organization_id UUID REFERENCES organizations(id);

CREATE INDEX IF NOT EXISTS idx_workflow_execution_logs_organization_id
    ON workflow_execution_logs (organization_id);

DROP POLICY IF EXISTS "org_isolation" ON workflow_execution_logs;
CREATE POLICY "org_isolation" ON workflow_execution_logs
  FOR SELECT TO public
  USING (
    organization_id IN (
      SELECT organization_id FROM profiles WHERE id = auth.uid()
    )
  );

DROP POLICY IF EXISTS "org_isolation" ON workflow_execution_steps;
CREATE POLICY "org_isolation" ON workflow_execution_steps
  FOR SELECT TO public
  USING (
    EXISTS (
      SELECT 1 FROM workflow_execution_logs
      WHERE workflow_execution_logs.id = workflow_execution_steps.execution_log_id
        AND workflow_execution_logs.organization_id IN (
          SELECT organization_id FROM profiles WHERE id = auth.uid()
        )
    )
  );
