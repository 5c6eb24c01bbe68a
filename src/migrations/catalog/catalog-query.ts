/**
 * One statement that tells the whole schema as one JSON document, so that it is one moment's. Every name comes quoted and with its
 * schema, because it is read with an empty search_path. Text of ACLs is taken apart here: `null` in a catalog means the default.
 */
export const CATALOG_QUERY = `
with ns as (
  select oid, nspname, quote_ident(nspname) as name, nspowner, nspacl from pg_catalog.pg_namespace
  where nspname !~ '^pg_' and nspname <> 'information_schema'
), ext as (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
), rel as (
  select c.*, n.name || '.' || quote_ident(c.relname) as full_name
  from pg_catalog.pg_class c join ns n on n.oid = c.relnamespace
  where c.relname !~ '^sampan_(migrations|fence|batches)'
    and not exists (select from ext e where e.classid = 'pg_class'::regclass and e.objid = c.oid)
), own as (
  select * from rel where relkind in ('r', 'p', 'f')
), typ as (
  select t.*, n.name || '.' || quote_ident(t.typname) as full_name
  from pg_catalog.pg_type t join ns n on n.oid = t.typnamespace
  where not exists (select from ext e where e.classid = 'pg_type'::regclass and e.objid = t.oid)
), proc as (
  select p.*, n.name || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' as full_name
  from pg_catalog.pg_proc p join ns n on n.oid = p.pronamespace
  where not exists (select from ext e where e.classid = 'pg_proc'::regclass and e.objid = p.oid)
)
select json_build_object(
'version', current_setting('server_version_num')::int,
'schemas', (select coalesce(json_object_agg(name, json_build_object('owner', pg_get_userbyid(nspowner), 'acl', ${acl("nspacl", "n", "nspowner")})), '{}') from ns
  where not exists (select from ext e where e.classid = 'pg_namespace'::regclass and e.objid = ns.oid)),
'tables', (select coalesce(json_object_agg(full_name, json_build_object(
    'owner', pg_get_userbyid(relowner), 'acl', ${acl("relacl", "r", "relowner")},
    'kind', case relkind when 'p' then 'partitioned' when 'f' then 'foreign' else 'table' end,
    'persistence', case relpersistence when 'u' then 'unlogged' else 'permanent' end,
    'rowSecurity', case when relrowsecurity and relforcerowsecurity then 'forced' when relrowsecurity then 'on' else 'off' end,
    'options', array(select unnest(reloptions) order by 1),
    'replicaIdentity', relreplident,
    'bound', pg_get_expr(relpartbound, oid),
    'partitionKey', case when relkind = 'p' then pg_get_partkeydef(oid) end,
    'parents', array(select inhparent::regclass::text from pg_catalog.pg_inherits i where i.inhrelid = own.oid order by inhseqno),
    'columns', (select coalesce(json_agg(json_build_object(
        'name', quote_ident(attname), 'type', format_type(atttypid, atttypmod), 'typmod', atttypmod, 'notNull', attnotnull,
        'default', pg_get_expr(adbin, adrelid),
        'generated', case attgenerated when 's' then 'stored' when 'v' then 'virtual' else '' end,
        'identity', case attidentity when 'a' then 'always' when 'd' then 'by default' else '' end,
        'collation', case when attcollation <> 0 and attcollation <> t.typcollation then attcollation::regcollation::text end,
        'acl', ${acl("attacl", null, "own.relowner")}
      ) order by attnum), '[]')
      from pg_catalog.pg_attribute a left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        left join pg_catalog.pg_type t on t.oid = a.atttypid
      where a.attrelid = own.oid and attnum > 0 and not attisdropped)
  )), '{}') from own),
'constraints', (select coalesce(json_object_agg(coalesce(o.full_name, y.full_name) || ' ' || quote_ident(conname), json_build_object(
    'table', o.full_name, 'kind', contype, 'definition', pg_get_constraintdef(k.oid), 'validated', convalidated)), '{}')
  from pg_catalog.pg_constraint k left join own o on o.oid = k.conrelid left join typ y on y.oid = k.contypid
  where (o.oid is not null or y.oid is not null) and contype <> 't' and not (contype = 'n' and convalidated)),
'indexes', (select coalesce(json_object_agg(r.full_name, json_build_object(
    'table', o.full_name, 'definition', pg_get_indexdef(i.indexrelid), 'unique', indisunique, 'valid', indisvalid, 'primary', indisprimary)), '{}')
  from pg_catalog.pg_index i join rel r on r.oid = i.indexrelid
  join rel o on o.oid = i.indrelid where o.relkind in ('r', 'p', 'm')),
'views', (select coalesce(json_object_agg(full_name, json_build_object(
    'owner', pg_get_userbyid(relowner), 'acl', ${acl("relacl", "r", "relowner")},
    'kind', case relkind when 'm' then 'materialized' else 'view' end,
    'definition', pg_get_viewdef(rel.oid), 'options', array(select unnest(reloptions) order by 1),
    'columns', (select coalesce(json_agg(json_build_object('name', quote_ident(attname), 'type', format_type(atttypid, atttypmod)) order by attnum), '[]')
      from pg_catalog.pg_attribute a where a.attrelid = rel.oid and attnum > 0 and not attisdropped),
    'reads', array(select distinct d.refobjid::regclass::text from pg_catalog.pg_rewrite w join pg_catalog.pg_depend d
      on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
      where w.ev_class = rel.oid and d.refobjid <> rel.oid order by 1)
  )), '{}') from rel where relkind in ('v', 'm')),
'enums', (select coalesce(json_object_agg(full_name, json_build_object(
    'owner', pg_get_userbyid(typowner), 'acl', ${acl("typacl", "T", "typowner")},
    'values', array(select enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = typ.oid order by enumsortorder)
  )), '{}') from typ where typtype = 'e'),
'domains', (select coalesce(json_object_agg(full_name, json_build_object(
    'owner', pg_get_userbyid(typowner), 'acl', ${acl("typacl", "T", "typowner")},
    'type', format_type(typbasetype, typtypmod), 'notNull', typnotnull, 'default', typdefault
  )), '{}') from typ where typtype = 'd'),
'types', (select coalesce(json_object_agg(full_name, json_build_object(
    'owner', pg_get_userbyid(typowner), 'acl', ${acl("typacl", "T", "typowner")},
    'definition', case typtype when 'r' then (select 'range of ' || format_type(rngsubtype, null) from pg_catalog.pg_range g where g.rngtypid = typ.oid)
      else (select string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum)
        from pg_catalog.pg_attribute a where a.attrelid = typ.typrelid and attnum > 0 and not attisdropped) end
  )), '{}') from typ where typtype = 'r' or (typtype = 'c' and exists (select from pg_catalog.pg_class c where c.oid = typrelid and c.relkind = 'c'))),
'functions', (select coalesce(json_object_agg(full_name, json_build_object(
    'owner', pg_get_userbyid(proowner), 'acl', ${acl("proacl", "f", "proowner")},
    'kind', case prokind when 'p' then 'procedure' when 'a' then 'aggregate' when 'w' then 'window' else 'function' end,
    'result', pg_get_function_result(proc.oid), 'language', (select lanname from pg_catalog.pg_language l where l.oid = prolang),
    'volatility', case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'securityDefiner', prosecdef,
    'body', md5(case when prokind = 'a' then (select concat_ws(' ', aggtransfn, aggfinalfn, format_type(aggtranstype, null), agginitval)
      from pg_catalog.pg_aggregate g where g.aggfnoid = proc.oid) else pg_get_functiondef(proc.oid) end),
    'trigger', case when prorettype = 'pg_catalog.trigger'::regtype and prolang = (select oid from pg_catalog.pg_language where lanname = 'plpgsql') then prosrc end
  )), '{}') from proc),
'triggers', (select coalesce(json_object_agg(o.full_name || ' ' || quote_ident(tgname), json_build_object(
    'table', o.full_name, 'definition', pg_get_triggerdef(t.oid), 'enabled', tgenabled, 'function', tgfoid::regproc::text)), '{}')
  from pg_catalog.pg_trigger t join rel o on o.oid = t.tgrelid where not tgisinternal),
'policies', (select coalesce(json_object_agg(o.full_name || ' ' || quote_ident(polname), json_build_object(
    'table', o.full_name, 'permissive', polpermissive, 'command', polcmd,
    'roles', array(select case r when 0 then 'public' else pg_get_userbyid(r) end from unnest(polroles) r order by 1),
    'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid))), '{}')
  from pg_catalog.pg_policy p join own o on o.oid = p.polrelid),
'rules', (select coalesce(json_object_agg(o.full_name || ' ' || quote_ident(rulename), json_build_object('definition', pg_get_ruledef(w.oid))), '{}')
  from pg_catalog.pg_rewrite w join rel o on o.oid = w.ev_class where rulename <> '_RETURN'),
'sequences', (select coalesce(json_object_agg(full_name, json_build_object(
    'owner', pg_get_userbyid(relowner), 'acl', ${acl("relacl", "s", "relowner")},
    'type', format_type(seqtypid, null), 'start', seqstart::text, 'increment', seqincrement::text, 'min', seqmin::text, 'max', seqmax::text,
    'cache', seqcache::text, 'cycle', seqcycle,
    'ownedBy', (select d.refobjid::regclass::text || '.' || quote_ident(attname) from pg_catalog.pg_depend d
      join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where d.classid = 'pg_class'::regclass and d.objid = rel.oid and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass limit 1)
  )), '{}') from rel join pg_catalog.pg_sequence q on q.seqrelid = rel.oid),
'extensions', (select coalesce(json_object_agg(quote_ident(extname), json_build_object('schema', extnamespace::regnamespace::text, 'version', extversion)), '{}')
  from pg_catalog.pg_extension where extname <> 'plpgsql'),
'statistics', (select coalesce(json_object_agg(n.name || '.' || quote_ident(stxname), json_build_object('definition', pg_get_statisticsobjdef(x.oid))), '{}')
  from pg_catalog.pg_statistic_ext x join ns n on n.oid = x.stxnamespace),
'others', (select coalesce(json_agg(i.type || ' ' || i.identity order by i.type || ' ' || i.identity), '[]') from (
    select 'pg_operator'::regclass as c, oid from pg_catalog.pg_operator union all select 'pg_cast'::regclass, oid from pg_catalog.pg_cast
    union all select 'pg_collation'::regclass, oid from pg_catalog.pg_collation union all select 'pg_ts_config'::regclass, oid from pg_catalog.pg_ts_config
    union all select 'pg_ts_dict'::regclass, oid from pg_catalog.pg_ts_dict union all select 'pg_opclass'::regclass, oid from pg_catalog.pg_opclass
    union all select 'pg_foreign_server'::regclass, oid from pg_catalog.pg_foreign_server union all select 'pg_event_trigger'::regclass, oid from pg_catalog.pg_event_trigger
    union all select 'pg_publication'::regclass, oid from pg_catalog.pg_publication union all select 'pg_conversion'::regclass, oid from pg_catalog.pg_conversion
  ) x, lateral pg_identify_object(c, oid, 0) i
  where x.oid >= 16384 and not exists (select from ext e where e.classid = x.c and e.objid = x.oid)),
'database', (select json_build_object('owner', pg_get_userbyid(datdba), 'acl', ${acl("datacl", "d", "datdba")}) from pg_catalog.pg_database where datname = current_database()),
'defaultAcls', (select coalesce(json_object_agg(quote_ident(pg_get_userbyid(defaclrole)) || ' ' || coalesce((select name from ns where ns.oid = defaclnamespace), '') || ' ' || defaclobjtype::text,
    ${exploded("defaclacl")}), '{}') from pg_catalog.pg_default_acl),
'roles', (select json_object_agg(rolname, json_build_object('login', rolcanlogin, 'inherit', rolinherit, 'superuser', rolsuper,
    'createDatabase', rolcreatedb, 'createRole', rolcreaterole, 'bypassRowSecurity', rolbypassrls,
    'memberOf', array(select pg_get_userbyid(m.roleid) from pg_catalog.pg_auth_members m where m.member = r.oid order by 1),
    'settings', array(select s from (
      select distinct on (split_part(s, '=', 1)) s from pg_catalog.pg_db_role_setting g, unnest(g.setconfig) s
      where (g.setrole = r.oid or g.setrole = 0) and g.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
      order by split_part(s, '=', 1), g.setrole = 0, g.setdatabase = 0) of_role order by 1)
  )) from pg_catalog.pg_roles r where rolname !~ '^pg_')
) as catalog`;

function acl(column: string, kind: string | null, owner: string): string {
  return exploded(kind === null ? column : `coalesce(${column}, acldefault('${kind}', ${owner}))`);
}

function exploded(list: string): string {
  return `array(select case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee) end || '=' || x.privilege_type || case when x.is_grantable then '*' else '' end
    from aclexplode(${list}) x order by 1)`;
}
