-- What opencode stores in its JSON files, as tables. Applying it again changes nothing.
CREATE TABLE IF NOT EXISTS sessions (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    project_name VARCHAR NOT NULL,
    directory VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS messages (
    id VARCHAR PRIMARY KEY,
    session_id VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    model VARCHAR,
    cost DOUBLE NOT NULL,
    tokens_input BIGINT NOT NULL,
    tokens_output BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- `arguments` is the JSON that a tool was called with.
CREATE TABLE IF NOT EXISTS parts (
    id VARCHAR PRIMARY KEY,
    session_id VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    content VARCHAR,
    tool_name VARCHAR,
    tool_status VARCHAR,
    arguments VARCHAR
);
