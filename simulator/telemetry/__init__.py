"""Application Insights' ingestion: it keeps what an exporter sends."""
