// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_WIN32_HPP
#define ASSENT_CORE_DETAIL_WIN32_HPP

#include <assent/config.hpp>

#include <cstdint>

#if ASSENT_HAS_WIN32

// The system's functions that the core calls. Word for word the types of its own headers, which a program may
// include as well; not those headers themselves, whose macros would end up in every user's code.
extern "C" {
struct HINSTANCE__;
__declspec(dllimport) HINSTANCE__* __stdcall GetModuleHandleA(const char*);
__declspec(dllimport) int __stdcall GetModuleHandleExA(unsigned long, const char*, HINSTANCE__**);
__declspec(dllimport) std::intptr_t(__stdcall* __stdcall GetProcAddress(HINSTANCE__*, const char*))();
__declspec(dllimport) void __stdcall FlushProcessWriteBuffers();
__declspec(dllimport) unsigned long __stdcall FlsAlloc(void(__stdcall*)(void*));
__declspec(dllimport) int __stdcall FlsFree(unsigned long);
__declspec(dllimport) void* __stdcall FlsGetValue(unsigned long);
__declspec(dllimport) int __stdcall FlsSetValue(unsigned long, void*);
}

#endif

#endif
