-- The tables of a small application; note the semicolon in 'a;b'.
CREATE TABLE sessions (id INTEGER PRIMARY KEY, title VARCHAR DEFAULT 'a;b');
CREATE TABLE messages (id INTEGER PRIMARY KEY, session INTEGER REFERENCES sessions (id));
