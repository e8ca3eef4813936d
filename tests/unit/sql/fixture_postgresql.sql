-- What a PostgreSQL needs besides fixture.sql to answer expressions.tsv.
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT '11111111-2222-3333-4444-555555555555'::uuid $$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'authenticated'::text $$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT '{"sub": "11111111-2222-3333-4444-555555555555", "role": "authenticated", "app": {"plan": "pro"}}'::jsonb $$;
