# What the NDK's file of this name sets for arm64-v8a, shortened.
if(NOT ANDROID_ABI STREQUAL arm64-v8a OR NOT ANDROID_PLATFORM MATCHES "^android-([0-9]+)$")
  message(FATAL_ERROR "ANDROID_ABI '${ANDROID_ABI}', ANDROID_PLATFORM '${ANDROID_PLATFORM}'")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ANDROID_ABI ANDROID_PLATFORM)
set(CMAKE_SYSTEM_NAME Android)
set(CMAKE_SYSTEM_VERSION 1)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER "${CMAKE_CURRENT_LIST_DIR}/../../toolchains/llvm/prebuilt/linux-x86_64/bin/clang")
set(CMAKE_C_COMPILER_TARGET "aarch64-none-linux-android${CMAKE_MATCH_1}")
set(CMAKE_C_FLAGS_INIT "-g -DANDROID -fdata-sections -ffunction-sections -funwind-tables -fstack-protector-strong \
-no-canonical-prefixes -Wformat -Werror=format-security")
set(CMAKE_C_FLAGS_DEBUG_INIT "-fno-limit-debug-info")
