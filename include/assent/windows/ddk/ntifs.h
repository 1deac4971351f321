// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_NTIFS_H
#define ASSENT_WINDOWS_DDK_NTIFS_H

#include "assent_ddk/file_system.h"
#include "ntddk.h"

#ifndef FlagOn
#define FlagOn(flags, one) ((flags) & (one))
#endif
#ifndef BooleanFlagOn
#define BooleanFlagOn(flags, one) ((BOOLEAN)(((flags) & (one)) != 0))
#endif
#ifndef SetFlag
#define SetFlag(flags, one) ((flags) |= (one))
#endif
#ifndef ClearFlag
#define ClearFlag(flags, one) ((flags) &= ~(one))
#endif

#endif
