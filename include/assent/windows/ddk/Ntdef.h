// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_NTDEF_H
#define ASSENT_WINDOWS_DDK_NTDEF_H

#include "assent_ddk/driver_words.h"
#include "assent_ddk/list.h"
#include "assent_ddk/types.h"
#include "guiddef.h"

#endif
