-- The few bookings that block more than two hours. All others that are in the way of a slot start within two hours of it, so that
-- no more than that is read of a full calendar.
CREATE INDEX booking_long ON booking
    (tenant, start_ms, blocked_from_ms, blocked_to_ms, status, service_id, staff_id, resource_id)
    WHERE blocked_to_ms - blocked_from_ms > 7200000;
