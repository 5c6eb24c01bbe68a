import { callsIn } from "./ast.ts";
import { keyOf, type World } from "./world/world.ts";

/** PostgreSQL's own functions, and those of its usual extensions, that give another value for every row. */
const VOLATILE = new Set(
  `random random_normal gen_random_uuid uuidv4 uuidv7 clock_timestamp timeofday nextval currval lastval setval pg_sleep
  gen_random_bytes gen_salt uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 nanoid gen_ulid pg_backend_pid txid_current
  pg_current_xact_id setseed lo_create pg_notify set_config`.split(/\s+/),
);
const STEADY = new Set(
  `now transaction_timestamp statement_timestamp current_setting timezone lower upper initcap concat concat_ws format
  to_char to_timestamp to_date to_number date_trunc date_part extract make_date make_interval make_timestamp make_timestamptz
  md5 sha256 sha512 encode decode digest hmac length char_length substring substr replace regexp_replace trim ltrim rtrim
  btrim lpad rpad left right reverse split_part string_to_array array_to_string array_fill array_append array_length
  jsonb_build_object jsonb_build_array json_build_object json_build_array to_json to_jsonb row_to_json jsonb_set abs ceil
  floor round trunc sign mod power sqrt greatest least coalesce nullif int4range int8range numrange tsrange tstzrange
  daterange to_tsvector age interval uuid_nil uuid_ns_dns uuid_generate_v3 uuid_generate_v5 justify_days current_schema
  current_database version pg_typeof`.split(/\s+/),
);

/** Whether an expression has to be computed for every row anew; null: it calls a function that is not known. */
export function isVolatile(world: World, expression: unknown): boolean | null {
  let answer: boolean | null = false;
  for (const name of callsIn(expression)) {
    if (VOLATILE.has(name)) return true;
    const own = world.functions.get(keyOf(world, [name])) ?? [];
    if (own.some((one) => one.volatile === true)) return true;
    if (own.length > 0 || STEADY.has(name)) continue;
    answer = null;
  }
  return answer;
}
