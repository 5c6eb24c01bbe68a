create table items (
  id uuid primary key default gen_random_uuid(),
  type text not null,
  slug text not null,
  locale text not null,
  status text not null default 'draft' check (status in ('draft', 'published')),
  version integer not null default 1,
  title text not null,
  body text not null,
  owner_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  published_at timestamptz,
  unique (type, slug, locale)
);

create index items_published on items (type, published_at desc) where status = 'published';

-- Every state an item ever had, itself included.
create table item_versions (
  item_id uuid not null references items (id) on delete cascade,
  version integer not null,
  status text not null,
  title text not null,
  body text not null,
  editor_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (item_id, version)
);
