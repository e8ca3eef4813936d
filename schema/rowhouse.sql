-- What the tables of the migrations mean to Rowhouse. PostgreSQL takes this file as well, once it has a schema rowhouse.

-- Who may enter every organization.
CREATE VIEW rowhouse.super_admins AS
    SELECT id AS user_id FROM profiles WHERE role = 'super_admin';
