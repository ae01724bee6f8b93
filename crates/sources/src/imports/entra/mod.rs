//! Microsoft Entra.
