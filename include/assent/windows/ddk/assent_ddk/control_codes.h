// SPDX-License-Identifier: BSL-1.0
// Device types and control codes.
#ifndef ASSENT_WINDOWS_DDK_CONTROL_CODES_H
#define ASSENT_WINDOWS_DDK_CONTROL_CODES_H

#include "object.h"

#define METHOD_BUFFERED 0
#define METHOD_IN_DIRECT 1
#define METHOD_OUT_DIRECT 2
#define METHOD_NEITHER 3
#define FILE_ANY_ACCESS 0
#define FILE_SPECIAL_ACCESS FILE_ANY_ACCESS
#define FILE_READ_ACCESS 0x0001
#define FILE_WRITE_ACCESS 0x0002
#ifndef CTL_CODE
#define CTL_CODE(device, function, method, access)                                                           \
    (((ULONG)(device) << 16) | ((ULONG)(access) << 14) | ((ULONG)(function) << 2) | (ULONG)(method))
#endif
#define DEVICE_TYPE_FROM_CTL_CODE(code) (((ULONG)(code)&0xffff0000) >> 16)
#define METHOD_FROM_CTL_CODE(code) ((ULONG)(code)&3)
#define IoGetFunctionCodeFromCtlCode(code) (((code) >> 2) & 0x00000FFF)

#endif
