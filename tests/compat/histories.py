"""Small histories of each sort, as files of Alembic's; `{name}` below is a revision's id."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

ENV = """\
import sqlalchemy as sa
from alembic import context

url = context.config.get_main_option("sqlalchemy.url")
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""

HEAD = """\
from alembic import op
import sqlalchemy as sa

revision = {name!r}
down_revision = {down!r}
branch_labels = {label!r}
depends_on = {needs!r}

"""

CHAIN = {
    "a1": """
def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(50), nullable=False, server_default="nobody"),
        sa.Column("age", sa.Integer()),
        sa.Column("made", sa.DateTime(), server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
        sa.CheckConstraint("age > 0", name="ck_users_age"),
    )
    op.create_index("ix_users_age", "users", ["age"])

def downgrade():
    op.drop_index("ix_users_age", table_name="users")
    op.drop_table("users")
""",
    "a2": """
def upgrade():
    op.create_table(
        "posts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("price", sa.Numeric(10, 2), server_default=sa.text("0")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_posts", ondelete="CASCADE"),
    )
    op.add_column("users", sa.Column("mail", sa.String(80), nullable=True))
    op.create_index(op.f("ix_users_mail"), "users", ["mail"], unique=True)

def downgrade():
    op.drop_index(op.f("ix_users_mail"), table_name="users")
    op.drop_column("users", "mail")
    op.drop_table("posts")
""",
    "a3": """
def upgrade():
    op.rename_table("posts", "articles")

def downgrade():
    op.rename_table("articles", "posts")
""",
}
BATCH = {
    "b1": CHAIN["a1"],
    "b2": """
def upgrade():
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mail", sa.String(length=80), nullable=True))
        batch_op.alter_column("name", existing_type=sa.String(50), type_=sa.String(90),
                              existing_nullable=False, existing_server_default="nobody")
        batch_op.drop_constraint("ck_users_age", type_="check")
        batch_op.create_unique_constraint("uq_users_mail", ["mail"])

def downgrade():
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_constraint("uq_users_mail", type_="unique")
        batch_op.create_check_constraint("ck_users_age", "age > 0")
        batch_op.alter_column("name", existing_type=sa.String(90), type_=sa.String(50),
                              existing_nullable=False, existing_server_default="nobody")
        batch_op.drop_column("mail")
""",
    "b3": """
def upgrade():
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("age", new_column_name="years", existing_type=sa.Integer())
        batch_op.alter_column("mail", existing_type=sa.String(80), nullable=False)

def downgrade():
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("mail", existing_type=sa.String(80), nullable=True)
        batch_op.alter_column("years", new_column_name="age", existing_type=sa.Integer())
""",
}
ENUMS = {
    "e1": """
colours = sa.Enum("red", "green", name="colours")

def upgrade():
    op.create_table(
        "things",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("colour", colours, nullable=False, server_default="red"),
        sa.Column("on", sa.Boolean(), nullable=False),
    )

def downgrade():
    op.drop_table("things")
    colours.drop(op.get_bind(), checkfirst=True)
""",
    "e2": """
def upgrade():
    op.add_column("things", sa.Column("size", sa.String(3), nullable=True))

def downgrade():
    op.drop_column("things", "size")
""",
}
DATA = {
    "d1": """
def upgrade():
    users = op.create_table(
        "users", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(20))
    )
    op.bulk_insert(users, [{"id": 1, "name": "Ann"}, {"id": 2, "name": "B:o '%"}])

def downgrade():
    op.drop_table("users")
""",
    "d2": """
users = sa.table("users", sa.column("id", sa.Integer), sa.column("name", sa.String))

def upgrade():
    op.add_column("users", sa.Column("upper", sa.String(20)))
    op.execute("UPDATE users SET upper = upper(name)")
    op.execute(users.update().where(users.c.id == op.inline_literal(1)).values(name="Anna"))

def downgrade():
    op.execute(users.update().where(users.c.id == 1).values(name="Ann"))
    op.drop_column("users", "upper")
""",
}
READING = {
    "g1": DATA["d1"],
    "g2": """
def upgrade():
    connection = op.get_bind()
    for id_, name in connection.execute(sa.text("SELECT id, name FROM users")).all():
        connection.execute(
            sa.text("UPDATE users SET name = :name WHERE id = :id"), {"name": name * 2, "id": id_}
        )

def downgrade():
    pass
""",
}
GUARDED = {
    "u1": """
metadata = sa.MetaData()
holders = sa.Table(
    "holders",
    metadata,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("word", sa.String(20)),
    sa.UniqueConstraint("word", name="uq_holders_word"),
)

def upgrade():
    bind = op.get_bind()
    if not sa.inspect(bind).has_table("holders"):
        metadata.create_all(bind)

def downgrade():
    metadata.drop_all(op.get_bind())
""",
    "u2": """
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()

class Holder(Base):
    __tablename__ = "holders"
    id = sa.Column(sa.Integer, primary_key=True)
    word = sa.Column(sa.String(20))

def upgrade():
    session = Session(bind=op.get_bind())
    session.add_all([Holder(id=1, word="one"), Holder(id=2, word="two")])
    session.flush()
    session.query(Holder).filter_by(id=2).update({"word": "second"})
    session.commit()

def downgrade():
    session = Session(bind=op.get_bind())
    session.query(Holder).delete()
    session.commit()
""",
    "u3": """
def names_of(table):
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]

def upgrade():
    if "size" not in names_of("holders"):
        op.add_column("holders", sa.Column("size", sa.Integer()))
    with op.batch_alter_table("holders", naming_convention={"uq": "uq_%(table_name)s"}) as batch_op:
        batch_op.drop_constraint(constraint_name="uq_holders_word", type_="unique")
        batch_op.create_index(index_name="ix_holders_size", columns=["size"])

def downgrade():
    with op.batch_alter_table("holders") as batch_op:
        batch_op.drop_index(index_name="ix_holders_size")
        batch_op.create_unique_constraint(constraint_name="uq_holders_word", columns=["word"])
    op.drop_column("holders", "size")
""",
}
SCHEMAS = {
    "s1": """
def upgrade():
    op.execute("CREATE SCHEMA shop")
    op.create_table(
        "goods",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(20), unique=True, index=True),
        schema="shop",
    )

def downgrade():
    op.drop_table("goods", schema="shop")
    op.execute("DROP SCHEMA shop")
""",
    "s2": """
def upgrade():
    op.add_column("goods", sa.Column("price", sa.Numeric(8, 2)), schema="shop")
    op.create_table("sales", sa.Column("id", sa.Integer(), primary_key=True),
                    sa.Column("goods_id", sa.Integer(), sa.ForeignKey("shop.goods.id")))

def downgrade():
    op.drop_table("sales")
    op.drop_column("goods", "price", schema="shop")
""",
}
TABLE = """
def upgrade():
    op.create_table("t_{name}", sa.Column("id", sa.Integer(), primary_key=True))

def downgrade():
    op.drop_table("t_{name}")
"""
NOTHING = "def upgrade():\n    pass\n\ndef downgrade():\n    pass\n"
BRANCHES = {
    "m0": (TABLE, None, None, None),
    "m1": (TABLE, "m0", None, None),
    "m2": (TABLE, "m0", None, None),
    "m3": (TABLE, "m1", None, None),
    "m4": (NOTHING, ("m3", "m2"), None, None),
    "x1": (TABLE, None, "extra", None),
    "x2": (TABLE, "x1", None, "m2"),
    "m5": (TABLE, "m4", None, None),
}
HISTORIES = {
    "chain": CHAIN,
    "batch": BATCH,
    "enums": ENUMS,
    "data": DATA,
    "reading": READING,
    "guarded": GUARDED,
    "branches": BRANCHES,
}


def write(folder: Path, engine: sa.Engine, history: dict) -> Path:
    """Write a project of Alembic's with these revisions, and return its alembic.ini."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(ENV)
    before = None
    for name, given in history.items():
        plain = (given, before, None, None)
        body, down, label, needs = given if isinstance(given, tuple) else plain
        text = HEAD.format(name=name, down=down, label=label, needs=needs)
        (versions / f"{name}.py").write_text(text + body.replace("{name}", name))
        before = name
    url = engine.url.render_as_string(hide_password=False).replace("%", "%%")
    ini = folder / "alembic.ini"
    ini.write_text(f"[alembic]\nscript_location = {folder}/migrations\nsqlalchemy.url = {url}\n")
    return ini
