-- All that is in a database, by kind and name, each with its definition; without what the server and its extensions bring.
-- Names are listed without the schema in which Cartera keeps its tables: a dump may come from another one.
WITH
here AS (SELECT current_schema()::text AS place, quote_ident(current_schema()::text) || '.' AS prefix),
places AS (
    SELECT n.oid, n.nspname, CASE WHEN n.nspname = here.place THEN '' ELSE quote_ident(n.nspname) || '.' END AS prefix
    FROM pg_namespace n, here
    WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
),
brought AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
relations AS (
    SELECT c.*, p.prefix || quote_ident(c.relname) AS name
    FROM pg_class c JOIN places p ON p.oid = c.relnamespace
    WHERE (('pg_class'::regclass)::oid, c.oid) NOT IN (SELECT classid, objid FROM brought)
),
found AS (
    SELECT 'schema' AS kind, quote_ident(p.nspname) AS name, '' AS definition
    FROM places p, here WHERE p.nspname NOT IN (here.place, 'public')
    UNION ALL
    -- Cartera's own stays when the migration that needs it is taken back.
    SELECT 'extension', extname::text, '' FROM pg_extension WHERE extname <> 'pg_trgm'
    UNION ALL
    SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view'
            WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'type' END,
        name,
        concat_ws(' ', relkind, relpersistence, relrowsecurity, relforcerowsecurity, reloptions, relacl::text,
            CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END)
    FROM relations WHERE relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT 'column', r.name || '.' || quote_ident(a.attname),
        concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation,
            pg_get_expr(d.adbin, d.adrelid), a.attacl::text)
    FROM relations r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE r.relkind NOT IN ('i', 'I', 'S')
    UNION ALL
    -- Whether a column may be null is listed with the column; newer servers name that like a constraint.
    SELECT 'constraint', r.name || '.' || quote_ident(c.conname), concat_ws(' ', pg_get_constraintdef(c.oid), c.convalidated)
    FROM relations r JOIN pg_constraint c ON c.conrelid = r.oid WHERE c.contype NOT IN ('n', 't')
    UNION ALL
    SELECT 'index', r.name, concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid)
    FROM relations r JOIN pg_index i ON i.indexrelid = r.oid
    UNION ALL
    SELECT 'trigger', r.name || '.' || CASE WHEN t.tgisinternal THEN 'check of a reference' ELSE quote_ident(t.tgname) END,
        concat_ws(' ', t.tgenabled, CASE WHEN NOT t.tgisinternal THEN pg_get_triggerdef(t.oid) END)
    FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal OR t.tgenabled <> 'O'
    UNION ALL
    SELECT 'rule', r.name || '.' || quote_ident(w.rulename), concat_ws(' ', w.ev_enabled, pg_get_ruledef(w.oid))
    FROM relations r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy', r.name || '.' || quote_ident(p.polname),
        concat_ws(' ', p.polcmd, p.polpermissive, pg_get_expr(p.polqual, r.oid), pg_get_expr(p.polwithcheck, r.oid))
    FROM relations r JOIN pg_policy p ON p.polrelid = r.oid
    UNION ALL
    SELECT 'inheritance', r.name, i.inhparent::regclass::text FROM relations r JOIN pg_inherits i ON i.inhrelid = r.oid
    UNION ALL
    SELECT 'function', p.prefix || quote_ident(f.proname) || '(' || pg_get_function_identity_arguments(f.oid) || ')',
        concat_ws(' ', f.prokind, f.prosecdef, f.prosrc)
    FROM pg_proc f JOIN places p ON p.oid = f.pronamespace
    WHERE (('pg_proc'::regclass)::oid, f.oid) NOT IN (SELECT classid, objid FROM brought)
    UNION ALL
    -- Tables and lists of a type have types of their own, which say nothing more.
    SELECT 'type', p.prefix || quote_ident(t.typname), t.typtype::text
    FROM pg_type t JOIN places p ON p.oid = t.typnamespace
    WHERE t.typtype <> 'c' AND t.typcategory <> 'A'
        AND (('pg_type'::regclass)::oid, t.oid) NOT IN (SELECT classid, objid FROM brought)
    UNION ALL
    SELECT 'operator', p.prefix || o.oprname, o.oprcode::text
    FROM pg_operator o JOIN places p ON p.oid = o.oprnamespace
    WHERE (('pg_operator'::regclass)::oid, o.oid) NOT IN (SELECT classid, objid FROM brought)
    UNION ALL
    SELECT 'cast', format_type(c.castsource, NULL) || ' to ' || format_type(c.casttarget, NULL), c.castfunc::regprocedure::text
    FROM pg_cast c
    -- Below are those of the server.
    WHERE c.oid >= 16384 AND (('pg_cast'::regclass)::oid, c.oid) NOT IN (SELECT classid, objid FROM brought)
    UNION ALL
    SELECT 'event trigger', e.evtname::text, e.evtfoid::regprocedure::text
    FROM pg_event_trigger e WHERE (('pg_event_trigger'::regclass)::oid, e.oid) NOT IN (SELECT classid, objid FROM brought)
)
SELECT kind, name, coalesce(replace(definition, here.prefix, ''), '') AS definition FROM found, here ORDER BY kind, name, definition
