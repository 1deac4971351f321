// SPDX-License-Identifier: BSL-1.0
// Callback objects: events by name, \Callback\PowerState among them.
#ifndef ASSENT_WINDOWS_DDK_CALLBACK_OBJECT_H
#define ASSENT_WINDOWS_DDK_CALLBACK_OBJECT_H

#include "types.h"

typedef struct _CALLBACK_OBJECT* PCALLBACK_OBJECT;
typedef VOID NTAPI CALLBACK_FUNCTION ASSENT_DDK_PARAMETERS(PVOID CallbackContext, PVOID Argument1,
                                                           PVOID Argument2);
typedef CALLBACK_FUNCTION* PCALLBACK_FUNCTION;

#define PO_CB_SYSTEM_POWER_POLICY 0
#define PO_CB_AC_STATUS 1
#define PO_CB_BUTTON_COLLISION 2
#define PO_CB_SYSTEM_STATE_LOCK 3
#define PO_CB_LID_SWITCH_STATE 4
#define PO_CB_PROCESSOR_POWER_POLICY 5

ASSENT_DDK_C_BEGIN

NTKERNELAPI NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT* CallbackObject,
                                            POBJECT_ATTRIBUTES ObjectAttributes, BOOLEAN Create,
                                            BOOLEAN AllowMultipleCallbacks);
NTKERNELAPI PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT CallbackObject,
                                           PCALLBACK_FUNCTION CallbackFunction, PVOID CallbackContext);
NTKERNELAPI VOID NTAPI ExUnregisterCallback(PVOID CallbackRegistration);
NTKERNELAPI VOID NTAPI ExNotifyCallback(PVOID CallbackObject, PVOID Argument1, PVOID Argument2);

ASSENT_DDK_C_END

#endif
