"""Who may do what: users, API tokens, throttled log-in and the audit trail."""

from __future__ import annotations

from entrepot.infra.auth.audit import AuditEntry, list_audit, record_audit
from entrepot.infra.auth.capabilities import CAPABILITIES, ROLES, SYSTEM, Principal, capabilities_of, require
from entrepot.infra.auth.first_admin import FirstAdmin, ensure_first_admin
from entrepot.infra.auth.login import authenticate, resume_session
from entrepot.infra.auth.tokens import (
    IssuedToken,
    Token,
    authenticate_tokens,
    issue_token,
    list_tokens,
    revoke_token,
)
from entrepot.infra.auth.users import (
    User,
    change_role,
    create_user,
    disable_user,
    enable_user,
    erase_user,
    list_users,
    set_language,
    set_password,
)

__all__ = [
    "CAPABILITIES",
    "ROLES",
    "SYSTEM",
    "AuditEntry",
    "FirstAdmin",
    "IssuedToken",
    "Principal",
    "Token",
    "User",
    "authenticate",
    "authenticate_tokens",
    "capabilities_of",
    "change_role",
    "create_user",
    "disable_user",
    "enable_user",
    "ensure_first_admin",
    "erase_user",
    "issue_token",
    "list_audit",
    "list_tokens",
    "list_users",
    "record_audit",
    "require",
    "resume_session",
    "revoke_token",
    "set_language",
    "set_password",
]
