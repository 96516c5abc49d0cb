"""The names that programs, scripts and plugins import from Alembic, by module, as data.

`Class {a b}` stands for attributes of the class or of its objects.
"""

from __future__ import annotations

MODULES = {
    "": "op context command config __version__",
    "op": """
        _proxy add_column alter_column batch_alter_table bulk_insert create_check_constraint
        create_exclude_constraint create_foreign_key create_index create_primary_key create_table
        create_table_comment create_unique_constraint drop_column drop_constraint drop_index
        drop_table drop_table_comment execute f get_bind get_context implementation_for
        inline_literal invoke register_operation rename_table run_async
        """,
    "context": """
        begin_transaction configure execute get_bind get_context get_head_revision
        get_head_revisions get_impl get_revision_argument get_starting_revision_argument
        get_tag_argument get_x_argument is_offline_mode is_transactional_ddl requires_connection
        run_migrations static_output
        """,
    "command": """
        branches check current downgrade edit ensure_version heads history init list_templates
        merge revision show stamp upgrade
        """,
    "config": """
        Config {
            attributes cmd_opts config_args config_file_name config_ini_section file_config
            get_alembic_boolean_option get_alembic_option get_hooks_list get_main_option
            get_prepend_sys_paths_list get_section get_section_option get_template_directory
            get_version_locations_list messaging_opts output_buffer print_stdout
            remove_main_option set_main_option set_section_option stdout toml_alembic_config
            toml_args toml_file_name
        }
        CommandLine {main parser register_command run_cmd subparsers}
        main CommandFunction MessagingOptions PostWriteHookConfig
        """,
    "script": """
        Script
        ScriptDirectory {
            as_revision_number dir env_py_location from_config generate_revision get_all_current
            get_base get_bases get_current_head get_heads get_revision get_revisions
            iterate_revisions output_encoding revision_map run_env truncate_slug_length
            version_locations versions walk_revisions
        }
        """,
    "script.base": """
        Script {
            _from_path branch_labels cmd_format dependencies doc down_revision is_base
            is_branch_point is_head is_merge_point log_entry longdoc module nextrev path revision
        }
        ScriptDirectory
        """,
    "script.revision": """
        RevisionMap {
            add_revision bases filter_for_lineage get_current_head get_revision get_revisions
            heads iterate_revisions
        }
        Revision {branch_labels dependencies down_revision nextrev revision}
        RevisionError RangeNotAncestorError MultipleHeads ResolutionError CycleDetected
        DependencyCycleDetected LoopDetected DependencyLoopDetected tuple_rev_as_scalar is_revision
        """,
    "script.write_hooks": "register",
    "runtime.environment": """
        EnvironmentContext {
            begin_transaction config configure execute get_bind get_context get_head_revision
            get_head_revisions get_impl get_revision_argument get_starting_revision_argument
            get_tag_argument get_x_argument is_offline_mode is_transactional_ddl
            requires_connection run_migrations script static_output
        }
        ProcessRevisionDirectiveFn RenderItemFn NameFilterType NameFilterParentNames IncludeNameFn
        IncludeObjectFn OnVersionApplyFn CompareServerDefault CompareType
        """,
    "environment": "EnvironmentContext",
    "runtime.migration": """
        MigrationContext {
            as_sql autocommit_block begin_transaction bind config configure connection dialect
            environment_context execute get_current_heads get_current_revision impl opts
            output_buffer purge run_migrations script stamp transactional_ddl version_table
            version_table_schema
        }
        HeadMaintainer
        MigrationInfo {
            destination_revision_ids destination_revisions down_revision_ids down_revisions
            is_migration is_stamp is_upgrade revision_map source_revision_ids source_revisions
            up_revision up_revision_id up_revision_ids up_revisions
        }
        MigrationStep RevisionStep StampStep
        """,
    "migration": "MigrationContext MigrationInfo",
    "runtime.plugins": """
        Plugin {add_autogenerate_comparator remove setup_plugin_from_module}
        """,
    "operations": """
        AbstractOperations BatchOperations MigrateOperation MigrationScript Operations
        """,
    "operations.base": """
        AbstractOperations {
            _to_impl batch_alter_table implementation_for inline_literal invoke register_operation
        }
        BatchOperations {
            add_column alter_column create_check_constraint create_index create_primary_key
            create_table_comment create_unique_constraint drop_column drop_constraint drop_index
            drop_table_comment
        }
        Operations {
            add_column alter_column batch_alter_table bulk_insert context create_check_constraint
            create_exclude_constraint create_foreign_key create_index create_primary_key
            create_table create_table_comment create_unique_constraint drop_column drop_constraint
            drop_index drop_table drop_table_comment execute f get_bind get_context inline_literal
            invoke rename_table run_async
        }
        """,
    "operations.ops": """
        MigrateOperation {info reverse to_diff_tuple}
        AddConstraintOp {from_constraint register_add_constraint reverse to_constraint}
        CreatePrimaryKeyOp {to_constraint} CreateUniqueConstraintOp {kw to_constraint}
        CreateCheckConstraintOp {to_constraint} CreateForeignKeyOp {to_constraint}
        DropConstraintOp {constraint_name from_constraint reverse to_constraint}
        CreateIndexOp {from_index kw reverse to_index}
        DropIndexOp {from_index kw reverse to_index}
        CreateTableOp {columns from_table kw reverse schema table_name to_table}
        DropTableOp {from_table reverse table_kw to_table}
        AlterTableOp RenameTableOp CreateTableCommentOp DropTableCommentOp
        AlterColumnOp {
            existing_comment existing_nullable existing_server_default existing_type has_changes kw
            modify_comment modify_name modify_nullable modify_server_default modify_type
        }
        AddColumnOp {
            column from_column from_column_and_tablename reverse table_name to_column
        }
        DropColumnOp {column_name from_column_and_tablename reverse to_column}
        BulkInsertOp ExecuteSQLOp
        OpContainer {as_diffs is_empty ops}
        ModifyTableOps {ops table_name}
        UpgradeOps {as_diffs ops reverse_into upgrade_token}
        DowngradeOps {downgrade_token ops}
        MigrationScript {
            branch_label depends_on downgrade_ops downgrade_ops_list head imports message rev_id
            splice upgrade_ops upgrade_ops_list version_path
        }
        """,
    "operations.schemaobj": "SchemaObjects {index table unique_constraint}",
    "operations.toimpl": "",
    "operations.batch": "BatchOperations",
    "autogenerate": """
        AutogenContext RevisionContext Rewriter _produce_net_changes comparators compare_metadata
        produce_migrations render_op_text render_python_code renderers
        """,
    "autogenerate.api": """
        AutogenContext {
            _name_filters _object_filters connection dialect imports metadata migration_context
            opts run_filters run_name_filters run_object_filters
        }
        compare_metadata produce_migrations render_python_code
        """,
    "autogenerate.rewriter": "Rewriter {chain rewrites}",
    "autogenerate.render": "renderers",
    "autogenerate.compare": "_produce_net_changes comparators",
    "ddl": "DefaultImpl",
    "ddl.base": """
        AddColumn AlterColumn AlterTable ColumnComment ColumnDefault ColumnName ColumnNullable
        ColumnType DropColumn RenameTable add_column alter_column alter_table drop_column
        format_column_name format_server_default format_table_name format_type visit_add_column
        visit_column_comment visit_column_default visit_column_name visit_column_nullable
        visit_column_type visit_drop_column visit_rename_table
        """,
    "ddl.impl": """
        DefaultImpl {
            __dialect__ add_column add_constraint alter_column compare_server_default
            compare_type create_index create_table drop_column drop_constraint drop_index
            drop_table rename_table render_type transactional_ddl type_synonyms
            version_table_impl
        }
        _impls
        """,
    "ddl.mysql": "MySQLImpl {compare_server_default compare_type}",
    "ddl.mssql": "MSSQLImpl",
    "ddl.oracle": "OracleImpl",
    "ddl.postgresql": "PostgresqlImpl {compare_server_default}",
    "ddl.sqlite": "SQLiteImpl",
    "util": """
        CommandError DatabaseNotAtHead AutogenerateDiffsDetected rev_id to_tuple to_list asbool
        Dispatcher PriorityDispatcher PriorityDispatchResult DispatchPriority immutabledict
        memoized_property msg err warn status format_as_comma obfuscate_url_pw open_in_editor
        load_python_file template_to_file coerce_resource_to_filename sqla_2_1
        """,
    "util.exc": "CommandError DatabaseNotAtHead AutogenerateDiffsDetected",
    "util.langhelpers": "Dispatcher {_registry} rev_id to_tuple to_list asbool immutabledict",
    "util.messaging": "err format_as_comma msg obfuscate_url_pw status warn",
    "util.pyfiles": """
        load_python_file pyc_file_from_path template_to_file coerce_resource_to_filename
        """,
    "util.editor": "open_in_editor",
    "util.compat": "read_config_parser",
}


def parsed(text: str) -> dict[str, tuple[str, ...]]:
    """The names of one module, each with the attributes that it has to have."""
    found: dict[str, tuple[str, ...]] = {}
    words = iter(text.replace("{", " { ").replace("}", " } ").split())
    last = ""
    for word in words:
        if word == "{":
            found[last] = tuple(iter(words.__next__, "}"))
        else:
            last = word
            found[word] = ()
    return found
