// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_NTDDK_H
#define ASSENT_WINDOWS_DDK_NTDDK_H

#include "wdm.h"

#endif
