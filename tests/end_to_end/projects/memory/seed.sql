INSERT INTO sessions SELECT i, 'session ' || i FROM range(1000) t(i);
INSERT INTO sessions VALUES (1000, 'the last');
