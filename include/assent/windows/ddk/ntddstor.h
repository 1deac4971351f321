// SPDX-License-Identifier: BSL-1.0
// Storage, and its device interface classes.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "assent_ddk/storage.h"
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_NTDDSTOR_DEFINED)
#define ASSENT_WINDOWS_DDK_NTDDSTOR_DEFINED
#define ASSENT_WINDOWS_DDK_NTDDSTOR_H
#include "assent_ddk/storage_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_NTDDSTOR_H)
#define ASSENT_WINDOWS_DDK_NTDDSTOR_H
#include "assent_ddk/storage_guids.h"
#endif
