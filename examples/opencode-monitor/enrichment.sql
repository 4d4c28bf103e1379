-- The second layer over schema.sql: what the risk scorer found out about a bash command.
ALTER TABLE parts ADD COLUMN IF NOT EXISTS risk_score INTEGER;
ALTER TABLE parts ADD COLUMN IF NOT EXISTS risk_level VARCHAR;
ALTER TABLE parts ADD COLUMN IF NOT EXISTS risk_reason VARCHAR;
ALTER TABLE parts ADD COLUMN IF NOT EXISTS mitre_techniques VARCHAR;
ALTER TABLE parts ADD COLUMN IF NOT EXISTS security_enriched_at TIMESTAMP;
