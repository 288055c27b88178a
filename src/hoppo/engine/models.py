"""Tables of the engine: what came in, what goes out, keys, clients."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class InboxMessage(models.Model):
    """Raw bytes as they came, encrypted, committed before anything is acknowledged."""

    id = models.BigAutoField(primary_key=True)
    received_at = models.DateTimeField()
    sender = models.CharField(max_length=64)
    sha256 = models.BinaryField(max_length=32)
    body = models.BinaryField()
    # 0 waits, 1 is done, 2 is set aside with its reason.
    state = models.SmallIntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    reason = models.TextField(default="", blank=True)
    # The places of what is left to do, once part of it was done.
    rest = ArrayField(models.IntegerField(), null=True)

    class Meta:
        db_table = "inbox"
        indexes = (
            models.Index(fields=["id"], name="inbox_waiting", condition=models.Q(state=0)),
            models.Index(fields=["id"], name="inbox_set_aside", condition=models.Q(state=2)),
        )


class OutboxMessage(models.Model):
    """A receipt message, written in the transaction of the change it tells of."""

    id = models.BigAutoField(primary_key=True)
    receiver = models.CharField(max_length=64)
    message_type = models.CharField(max_length=15)
    created_at = models.DateTimeField()
    records = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        db_table = "outbox"
        indexes = (models.Index(fields=["receiver", "id"], name="outbox_receiver"),)


class DataKey(models.Model):
    """The data key of one day, wrapped by the master key."""

    day = models.DateField(primary_key=True)
    wrapped = models.BinaryField()

    class Meta:
        db_table = "data_key"


class MasterKeyCheck(models.Model):
    """A known text under the master key, so that a wrong key is noticed at start."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    wrapped = models.BinaryField()

    class Meta:
        db_table = "master_key_check"


class Client(models.Model):
    """A program that sends messages and fetches receipts, known by the hash of its token."""

    name = models.CharField(max_length=64, primary_key=True)
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    dxp_id = models.CharField(max_length=30, default="", blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "client"


class Idempotency(models.Model):
    """A message that a client sent under a key of its own; see `idempotency`."""

    pk = models.CompositePrimaryKey("client", "key")
    client = models.CharField(max_length=64)
    key = models.CharField(max_length=120)
    sha256 = models.BinaryField(max_length=32)
    number = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency"


class Worker(models.Model):
    """A worker process and what it has done since it started; see `heartbeat`."""

    name = models.CharField(max_length=128, primary_key=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    messages = models.BigIntegerField()
    batches = models.BigIntegerField()
    failures = models.BigIntegerField()
    receipts = models.BigIntegerField()
    # How many lists it brought to each state. The database's default is for older workers.
    lists = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    busy_ms = models.BigIntegerField()
    rss_bytes = models.BigIntegerField()

    class Meta:
        db_table = "worker"


class Setting(models.Model):
    """A fact about this installation: sandbox or not, the seed of the draw, register versions."""

    name = models.CharField(max_length=64, primary_key=True)
    value = models.TextField()

    class Meta:
        db_table = "setting"
