"""What GitOps controllers elect, and what they write."""
