insert into countries (code, name) values
  ('ID', 'Indonesia'),
  ('JP', 'Japan'),
  ('KH', 'Cambodia'),
  ('KR', 'South Korea'),
  ('LA', 'Laos'),
  ('MY', 'Malaysia'),
  ('PH', 'Philippines'),
  ('SG', 'Singapore'),
  ('TH', 'Thailand'),
  ('VN', 'Vietnam');

insert into cities (country_code, name, latitude, longitude) values
  ('ID', 'Denpasar', -8.65, 115.2167),
  ('JP', 'Tokyo', 35.6897, 139.6922),
  ('KH', 'Phnom Penh', 11.5564, 104.9282),
  ('KR', 'Seoul', 37.56, 126.99),
  ('LA', 'Luang Prabang', 19.8931, 102.1381),
  ('MY', 'Kuala Lumpur', 3.1478, 101.6953),
  ('PH', 'Manila', 14.5958, 120.9772),
  ('SG', 'Singapore', 1.3, 103.8),
  ('TH', 'Bangkok', 13.7525, 100.4942),
  ('TH', 'Chiang Mai', 18.7889, 98.9833),
  ('VN', 'Da Nang', 16.0748, 108.224),
  ('VN', 'Hanoi', 21.0283, 105.8542);
