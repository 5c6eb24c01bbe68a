-- A family is one sign-in: each refresh replaces its token, and a token used twice ends the whole family.
create table refresh_tokens (
  hash text primary key,
  family uuid not null,
  user_id uuid not null references users (id) on delete cascade,
  expires_at timestamptz not null,
  used_at timestamptz
);

create index refresh_tokens_family on refresh_tokens (family);
create index refresh_tokens_user on refresh_tokens (user_id);
