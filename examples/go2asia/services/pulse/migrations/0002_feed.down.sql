drop table feed;
drop table feed_position;
