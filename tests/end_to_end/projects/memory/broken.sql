INSERT INTO sessions VALUES (1, 'a');

INSERT INTO sessions VALUES (1, 'twice');
