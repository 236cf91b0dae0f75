"""What people decide about buyers and products, and the rows that have yet to be booked accordingly."""

from django.db import models
from django.db.models import Q, QuerySet

from putler.tenancy import PublicTenantModel, TenantForeignKey, TenantModel

from .ledger import Customer, Product


class Exclusion(PublicTenantModel):
    """A rule by which customers count nowhere: an e-mail address, or all addresses at a domain; lower case."""

    class Kind(models.TextChoices):
        ADDRESS = "address"
        DOMAIN = "domain"

    kind = models.CharField(max_length=7, choices=Kind.choices)
    value = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="exclusion_public_id"),
            models.UniqueConstraint(fields=["account", "kind", "value"], name="exclusion_once"),
            models.CheckConstraint(condition=models.Q(kind__in=["address", "domain"]), name="exclusion_kind"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def condition(self) -> Q:
        """The condition on customers whose own address it names."""
        if self.kind == self.Kind.ADDRESS:
            return Q(key=self.value)  # the address, or what stands in its place
        return Q(email__endswith=f"@{self.value}")


class Rebooking(TenantModel):
    """A customer, or a product, whose movements are to be booked again; all up to `position` already are."""

    customer = TenantForeignKey(Customer, null=True, related_name="rebookings")
    product = TenantForeignKey(Product, null=True, related_name="rebookings")
    position = models.BigIntegerField(default=0)  # the id of the last movement

    def __str__(self) -> str:
        return f"{self.customer_id or self.product_id} from {self.position}"


def roots(account_id: int, model: type[Customer] | type[Product]) -> dict[int, int]:
    """{merged customer or product: whom its rows are booked for}; a merged one may be merged on."""
    known = model._default_manager.filter(account_id=account_id, merged_into__isnull=False)
    merged: dict[int, int] = dict(known.values_list("pk", "merged_into_id"))

    def root(pk: int) -> int:
        while pk in merged:
            pk = merged[pk]
        return pk

    return {pk: root(pk) for pk in merged}


def family(thing: Customer | Product) -> set[int]:
    """The ids of a customer or product and of all that is booked as it."""
    heads = roots(thing.account_id, type(thing))
    return {thing.pk} | {pk for pk, head in heads.items() if head == thing.pk}


def left_out(account_id: int) -> QuerySet[Customer] | None:
    """The customers whom a rule names by their own address or by that of whom they were merged into; None: no rule."""
    rules = Q()
    for exclusion in Exclusion.objects.filter(account_id=account_id):
        rules |= exclusion.condition
    if not rules:
        return None
    named = Customer.objects.filter(rules, account_id=account_id)
    merged = roots(account_id, Customer)
    heads = set(named.filter(pk__in=set(merged.values())).values_list("pk", flat=True)) if merged else set()
    theirs = [pk for pk, head in merged.items() if head in heads]
    return Customer.objects.filter(rules | Q(pk__in=theirs), account_id=account_id)
