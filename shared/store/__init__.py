"""What must outlive a process: posture, ledger, leases, counters and the last good policy in Azure Tables, work in a Queue.

Azure itself stays the truth; losing all of this loses history, never safety.
"""
