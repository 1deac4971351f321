// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_NTSTATUS_H
#define ASSENT_WINDOWS_DDK_NTSTATUS_H

#include "assent_ddk/status.h"

#endif
