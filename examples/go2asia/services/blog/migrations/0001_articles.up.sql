create table articles (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique,
  locale text not null,
  title text not null,
  status text not null default 'draft' check (status in ('draft', 'published')),
  -- The body and its versions live in content; the name is a copy of what user-auth said when it was written.
  content_id uuid not null unique,
  content_version integer not null,
  author_id uuid not null,
  author_name text not null,
  created_at timestamptz not null default now(),
  published_at timestamptz
);

create index articles_published on articles (published_at desc) where status = 'published';
create index articles_of_author on articles (author_id, created_at desc);
