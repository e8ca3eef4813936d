-- The hook that puts a user's role and organization into the tokens that he is given.
--
-- custom_access_token_hook(event) is provided natively by the server: it returns the event with claims.user_role
-- and claims.organization_id set from the user's row in profiles, and user_role 'user' where there is none. The
-- claims tell an application what to show; policies ask profiles, so that a token does not outlive a change of
-- role. What the hook reads is recorded here. (20250931 is no date; versions are compared as strings.)

COMMENT ON COLUMN profiles.role IS 'Goes into tokens as claims.user_role; super_admin opens everything';
COMMENT ON COLUMN profiles.organization_id IS 'Goes into tokens as claims.organization_id';
