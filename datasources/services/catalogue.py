"""What is sold: one product for all that share a stock-keeping unit, and for all prices that a provider gives it."""

from collections.abc import Collection

from django.db.models import Exists, Max, OuterRef, QuerySet

from datasources.connectors.base import ProductDraft
from datasources.models import BookedLine, DataSource, Line, Product, ProductIdentity, Subscription

LONGEST_NAME = 500


def products(source: DataSource, refs: Collection[str]) -> dict[str, int]:
    """The provider's id → the product's; those not told of yet are entered under their id."""
    known = _known(source, refs)
    strangers = sorted(set(refs) - known.keys())
    if strangers:
        last = Product.objects.filter(account_id=source.account_id).aggregate(last=Max("number"))["last"] or 0
        entered = Product.objects.bulk_create(
            Product(account_id=source.account_id, number=number, name=ref)
            for number, ref in enumerate(strangers, start=last + 1)
        )
        ProductIdentity.objects.bulk_create(
            ProductIdentity(account_id=source.account_id, source=source, external_id=ref, product=product)
            for ref, product in zip(strangers, entered, strict=True)
        )
        known |= _known(source, strangers)
    return known


def tell_products(source: DataSource, drafts: Collection[ProductDraft]) -> None:
    """Take names and prices as the provider tells them."""
    if not drafts:
        return
    named = {draft.external_id: draft.name for draft in drafts if not draft.product_ref}
    prices = {draft.external_id: draft for draft in drafts if draft.product_ref}  # the last word on each
    ids = products(source, {*named, *(draft.product_ref or "" for draft in prices.values())})
    names = {ids[ref]: name[:LONGEST_NAME] for ref, name in named.items() if name}
    _rename(source.account_id, names)
    ProductIdentity.objects.bulk_create(
        [_price(source, draft, ids[draft.product_ref or ""]) for draft in prices.values()],
        update_conflicts=True,
        unique_fields=["account", "source", "external_id"],
        update_fields=["product", "currency", "price"],
    )


def unowned(account_id: int) -> QuerySet[Product]:
    """The products that no row of any source refers to. A detail's items refer to products that have an identity."""
    is_booked = Exists(BookedLine.objects.filter(account_id=account_id, product=OuterRef("pk")))
    return _untold(account_id).filter(~is_booked, ~_has_merged(account_id))


def headless(account_id: int) -> QuerySet[Product]:
    """The products of which nothing is told any more, while others are still merged into them."""
    return _untold(account_id).filter(_has_merged(account_id))


def _untold(account_id: int) -> QuerySet[Product]:
    found = Product.objects.filter(account_id=account_id)
    for owner in (Line, ProductIdentity, Subscription):
        found = found.filter(~Exists(owner.objects.filter(account_id=account_id, product=OuterRef("pk"))))
    return found


def _has_merged(account_id: int) -> Exists:
    return Exists(Product.objects.filter(account_id=account_id, merged_into=OuterRef("pk")))


def _known(source: DataSource, refs: Collection[str]) -> dict[str, int]:
    found = ProductIdentity.objects.filter(account_id=source.account_id, source=source, external_id__in=refs)
    return dict(found.values_list("external_id", "product_id"))


def _rename(account_id: int, names: dict[int, str]) -> None:
    changed = []
    for product in Product.objects.filter(account_id=account_id, pk__in=names):
        if product.name != names[product.pk]:
            product.name = names[product.pk]
            changed.append(product)
    Product.objects.bulk_update(changed, ["name"])


def _price(source: DataSource, draft: ProductDraft, product: int) -> ProductIdentity:
    price = draft.price
    return ProductIdentity(
        account_id=source.account_id,
        source=source,
        external_id=draft.external_id,
        product_id=product,
        currency=price.currency if price else None,
        price=price.minor if price else None,
    )
